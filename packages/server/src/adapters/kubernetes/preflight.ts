import type { KubernetesApi } from "./kubernetes-api.ts";
import { fields } from "./object-fields.ts";

export interface Permission {
  readonly verb: string;
  /** The API group; "" is the core group. */
  readonly group: string;
  readonly resource: string;
}

/** To check agents' tokens, and that the nodes they name are there. */
export const ATTESTATION_PERMISSIONS: readonly Permission[] = [
  { group: "authentication.k8s.io", resource: "tokenreviews", verb: "create" },
  { group: "", resource: "nodes", verb: "get" },
];

/** To lift the startup taint. */
export const STARTUP_TAINT_PERMISSION: Permission = { group: "", resource: "nodes", verb: "patch" };

/** What the server cannot work without, cluster-wide. */
export const REQUIRED_PERMISSIONS: readonly Permission[] = [
  { group: "", resource: "pods", verb: "get" },
  { group: "", resource: "pods", verb: "list" },
  { group: "", resource: "pods", verb: "watch" },
  { group: "", resource: "namespaces", verb: "list" },
  { group: "", resource: "namespaces", verb: "watch" },
  { group: "", resource: "events", verb: "create" },
];

/**
 * Asks the API server whether this process may do what it must.
 *
 * @returns one line for each permission that is missing, with what to change
 * @throws when the API server cannot be asked
 */
export async function missingPermissions(
  api: KubernetesApi,
  signal: AbortSignal,
  required: readonly Permission[] = REQUIRED_PERMISSIONS,
): Promise<readonly string[]> {
  const allowed = await Promise.all(required.map((permission) => isAllowed(api, permission, signal)));
  return required.filter((_, index) => !allowed[index]).map(cure);
}

async function isAllowed(api: KubernetesApi, permission: Permission, signal: AbortSignal): Promise<boolean> {
  const review = await api.request({
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: permission },
    },
    signal,
  });
  return fields(fields(review)["status"])["allowed"] === true;
}

const cure = ({ group, resource, verb }: Permission): string =>
  `cannot ${verb} ${resource}: set the chart value rbac.create, or add to the server's ClusterRole ` +
  `{apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]}`;
