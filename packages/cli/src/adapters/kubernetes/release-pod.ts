import { fields, items, text } from "@rolecall/server/adapters/kubernetes/object-fields";
import type { ReleasePod } from "../../domain/fleet/release.ts";

/** What is kept of a pod of ours; undefined for one that has ended. */
export function projectReleasePod(object: unknown): ReleasePod | undefined {
  const { metadata, spec, status } = fields(object);
  const { name, labels } = fields(metadata);
  const { phase, conditions } = fields(status);
  const called = text(name);
  if (called === undefined || phase === "Succeeded" || phase === "Failed") return undefined;
  const ready = items(conditions)
    .map(fields)
    .find(({ type }) => type === "Ready");
  return {
    name: called,
    node: text(fields(spec)["nodeName"]),
    ready: ready?.["status"] === "True",
    version: text(fields(labels)["app.kubernetes.io/version"]),
    problem: waitingReason(status) ?? unscheduled(conditions),
  };
}

function waitingReason(status: unknown): string | undefined {
  const { containerStatuses, initContainerStatuses } = fields(status);
  for (const container of [...items(initContainerStatuses), ...items(containerStatuses)].map(fields)) {
    const { waiting } = fields(container["state"]);
    const { reason, message } = fields(waiting);
    if (text(reason) !== undefined && reason !== "PodInitializing") {
      return [text(reason), text(message)].filter(Boolean).join(": ");
    }
  }
  return undefined;
}

const unscheduled = (conditions: unknown): string | undefined => {
  const scheduled = items(conditions)
    .map(fields)
    .find(({ type }) => type === "PodScheduled");
  return scheduled?.["status"] === "False" ? text(scheduled["message"]) : undefined;
};
