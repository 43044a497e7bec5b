import { POD_ANNOTATIONS, type Pod } from "../../domain/pod/pod.ts";
import { MAX_ROLE_ARN_LENGTH } from "../../domain/role/role-arn.ts";
import { annotation, fields, items, text } from "./object-fields.ts";

/**
 * What is kept of a pod (core/v1). Whatever the API server leaves out is read as Kubernetes' own default.
 *
 * @returns undefined for what is no pod: it has no UID, name or namespace
 */
export function projectPod(object: unknown): Pod | undefined {
  const { metadata, spec, status } = fields(object);
  const { uid, namespace, name, annotations, resourceVersion } = fields(metadata);
  const identity = { uid: text(uid), namespace: text(namespace), name: text(name) };
  if (!identity.uid || !identity.namespace || !identity.name) return undefined;
  const { serviceAccountName, nodeName, hostNetwork } = fields(spec);
  const { phase } = fields(status);
  const annotated = (key: keyof typeof POD_ANNOTATIONS) =>
    annotation(annotations, POD_ANNOTATIONS[key], MAX_ROLE_ARN_LENGTH);
  return {
    uid: identity.uid,
    version: versionOf(resourceVersion),
    namespace: identity.namespace,
    name: identity.name,
    serviceAccount: text(serviceAccountName) ?? "default",
    node: text(nodeName),
    ips: podIps(status),
    hostNetwork: hostNetwork === true,
    finished: phase === "Succeeded" || phase === "Failed",
    annotations: {
      role: annotated("role"),
      sessionName: annotated("sessionName"),
      externalId: annotated("externalId"),
      sessionDuration: annotated("sessionDuration"),
    },
  };
}

/** KEP-5504: resource versions are numbers, to be compared. */
const versionOf = (resourceVersion: unknown): number => {
  const version = Number(text(resourceVersion));
  return Number.isSafeInteger(version) && version > 0 ? version : 0;
};

function podIps(status: unknown): readonly string[] {
  const { podIP, podIPs } = fields(status);
  const ips = items(podIPs).flatMap((entry) => text(fields(entry)["ip"]) ?? []);
  return ips.length > 0 ? ips : [text(podIP) ?? []].flat();
}
