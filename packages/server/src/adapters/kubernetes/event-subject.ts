import type { EventSubject } from "../../application/ports/event-recorder.ts";

interface SubjectReference {
  /** Where the Event is created: the API server takes one on an object of no namespace in `default` alone. */
  readonly namespace: string;
  readonly involvedObject: {
    readonly apiVersion: "v1";
    readonly kind: "Pod" | "Node";
    readonly namespace?: string;
    readonly name: string;
    readonly uid: string;
  };
}

/** A node goes by its name in the place of its UID, as in kubelet's own Events; `kubectl describe node` looks for both. */
export function subjectReference(subject: EventSubject): SubjectReference {
  if ("node" in subject) {
    const { node: name } = subject;
    return { namespace: "default", involvedObject: { apiVersion: "v1", kind: "Node", name, uid: name } };
  }
  const { namespace, name, uid } = subject.pod;
  return { namespace, involvedObject: { apiVersion: "v1", kind: "Pod", namespace, name, uid } };
}

/** The same for the same object. */
export const subjectKey = (subject: EventSubject): string =>
  "node" in subject ? `node ${subject.node}` : subject.pod.uid;
