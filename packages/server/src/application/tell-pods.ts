import type { DeniedReason } from "@rolecall/common/reasons/reasons";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { StsFailure } from "../domain/credentials/assumption-state.ts";
import type { Pod } from "../domain/pod/pod.ts";
import type { Grant } from "../domain/policy/grant.ts";
import { fnv1a } from "../domain/role/fnv1a.ts";
import type { PodVerdicts } from "./node-feed.ts";
import type { EventRecorder } from "./ports/event-recorder.ts";
import type { ServerRecorder } from "./ports/server-recorder.ts";

/** What an Event on a pod calls each denial. Several reasons that a person fixes in one place share a name. */
const EVENT_OF_DENIAL: Readonly<Record<DeniedReason, string>> = {
  "role-reference-malformed": "InvalidRole",
  "session-name-malformed": "InvalidRole",
  "external-id-malformed": "InvalidRole",
  "session-duration-malformed": "InvalidRole",
  "namespace-policy-missing": "RoleForbidden",
  "namespace-policy-malformed": "InvalidNamespacePolicy",
  "role-not-permitted": "RoleForbidden",
  "host-network": "HostNetworkNotSupported",
};

/** Says why a pod has no credentials where a person looks: an Event on the pod, a log line and a count. */
export class TellPods implements PodVerdicts {
  readonly #events: EventRecorder;
  readonly #recorder: ServerRecorder;
  readonly #log: Logger;
  /** A hash of what was last said of each pod, so that a feed that is opened again says nothing twice. */
  readonly #said = new Map<string, string>();

  constructor(events: EventRecorder, recorder: ServerRecorder, log: Logger) {
    this.#events = events;
    this.#recorder = recorder;
    this.#log = log;
  }

  /** The pod is gone: nothing more is remembered of it. */
  forget(podUid: string): void {
    this.#said.delete(podUid);
  }

  decided(pod: Pod, grant: Grant): void {
    const verdict = fnv1a(JSON.stringify(grant));
    if (this.#said.get(pod.uid) === verdict) return;
    this.#said.set(pod.uid, verdict);
    this.#recorder.grantDecided(grant.kind === "denied" ? grant.reason : grant.kind);
    if (grant.kind === "none") return;
    const fields = { podUid: pod.uid, namespace: pod.namespace, pod: pod.name, node: pod.node };
    if (grant.kind === "granted") {
      const { roleArn, sessionName } = grant.assumption;
      this.#log.info({ ...fields, roleArn, sessionName }, "granted a role to a pod");
    } else {
      this.#log.warn({ ...fields, reason: grant.reason, detail: grant.detail }, "denied a role to a pod");
      this.#events.record({ pod, reason: EVENT_OF_DENIAL[grant.reason], message: grant.detail });
    }
  }

  failed(pod: Pod, { detail }: StsFailure): void {
    this.#events.record({ pod, reason: "AssumeRoleFailed", message: detail });
  }
}
