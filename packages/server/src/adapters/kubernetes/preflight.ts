import type { KubernetesApi } from "./kubernetes-api.ts";
import type { ObjectName } from "./named-object.ts";
import { fields } from "./object-fields.ts";

export interface Permission {
  readonly verb: string;
  /** The API group; "" is the core group. */
  readonly group: string;
  readonly resource: string;
  /** Where it is needed; everywhere when absent. */
  readonly namespace?: string;
  /** Of which object; of any when absent. */
  readonly name?: string;
}

/** What is asked of the API server by its path, and not as a resource. */
export interface PathPermission {
  readonly verb: string;
  readonly path: string;
}

/** To check agents' tokens while the API server is away. */
export const TOKEN_KEY_PERMISSIONS: readonly PathPermission[] = [
  { verb: "get", path: "/.well-known/openid-configuration" },
  { verb: "get", path: "/openid/v1/jwks" },
];

/** To check agents' tokens, and that the nodes they name are there. */
export const ATTESTATION_PERMISSIONS: readonly Permission[] = [
  { group: "authentication.k8s.io", resource: "tokenreviews", verb: "create" },
  { group: "", resource: "nodes", verb: "get" },
];

/** To lift the startup taint. */
export const STARTUP_TAINT_PERMISSION: Permission = { group: "", resource: "nodes", verb: "patch" };

/** To keep the authorities of managed certificates. `create` cannot be limited to a name. */
export const pkiPermissions = ({ namespace, name }: ObjectName): readonly Permission[] =>
  [
    { group: "", resource: "secrets" },
    { group: "", resource: "configmaps" },
    { group: "coordination.k8s.io", resource: "leases" },
  ].flatMap((resource) => [
    { ...resource, namespace, verb: "create" },
    { ...resource, namespace, name, verb: "get" },
    { ...resource, namespace, name, verb: "update" },
  ]);

/** What the server cannot work without. */
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
  required: readonly (Permission | PathPermission)[] = REQUIRED_PERMISSIONS,
): Promise<readonly string[]> {
  const allowed = await Promise.all(required.map((permission) => isAllowed(api, permission, signal)));
  return required.filter((_, index) => !allowed[index]).map(cure);
}

const isOfPath = (permission: Permission | PathPermission): permission is PathPermission => "path" in permission;

async function isAllowed(
  api: KubernetesApi,
  permission: Permission | PathPermission,
  signal: AbortSignal,
): Promise<boolean> {
  const review = await api.request({
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: isOfPath(permission) ? { nonResourceAttributes: permission } : { resourceAttributes: permission },
    },
    signal,
  });
  return fields(fields(review)["status"])["allowed"] === true;
}

function cure(permission: Permission | PathPermission): string {
  if (isOfPath(permission)) {
    const { verb, path } = permission;
    return `cannot ${verb} ${path}: set the chart value rbac.create, add to the server's ClusterRole {nonResourceURLs: ["${path}"], verbs: ["${verb}"]}, or set server.offlineTokens to false`;
  }
  const { group, resource, verb, namespace, name } = permission;
  const rule = `apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]`;
  const [where, role, names] =
    namespace === undefined
      ? ["", "ClusterRole", ""]
      : [` in the namespace ${namespace}`, "Role", name === undefined ? "" : `, resourceNames: ["${name}"]`];
  return `cannot ${verb} ${resource}${where}: set the chart value rbac.create, or add to the server's ${role} {${rule}${names}}`;
}
