import type { Catalogue } from "./allow-list.ts";

/** What a request is for. */
export type Route =
  | { readonly kind: "token" }
  /** EC2 serves tokens under `latest` alone and answers 403 to the same path under a version. */
  | { readonly kind: "versioned-token" }
  | { readonly kind: "version-list" }
  | { readonly kind: "directory"; readonly listing: string }
  | { readonly kind: "iam-directory" }
  | { readonly kind: "iam-info" }
  | { readonly kind: "role-list" }
  /** `extended`: with the account, below `security-credentials-extended`. */
  | { readonly kind: "role-credentials"; readonly role: string; readonly extended: boolean }
  | { readonly kind: "leaf"; readonly path: string }
  | { readonly kind: "not-found" };

const NOT_FOUND: Route = { kind: "not-found" };
const TOKEN: Route = { kind: "token" };
const VERSIONED_TOKEN: Route = { kind: "versioned-token" };
const VERSION_LIST: Route = { kind: "version-list" };
const IAM_DIRECTORY: Route = { kind: "iam-directory" };
const IAM_INFO: Route = { kind: "iam-info" };
const ROLE_LIST: Route = { kind: "role-list" };

/** Every version serves the whole tree, so what is ours is ours in each of them. */
const VERSION = /^(?:latest|1\.0|\d{4}-\d\d-\d\d)$/;

/**
 * Finds what canonical segments name. Names are compared with case, as EC2 does. Whatever is below `iam` and
 * `identity-credentials` is settled here and never reaches the catalogue of the node's metadata.
 */
export function routeOf(segments: readonly string[], catalogue: Catalogue): Route {
  const [version, tree, branch] = segments;
  if (version === undefined) return VERSION_LIST;
  if (!VERSION.test(version)) return NOT_FOUND;
  if (tree === "api") {
    if (branch !== "token" || segments.length !== 3) return NOT_FOUND;
    return version === "latest" ? TOKEN : VERSIONED_TOKEN;
  }
  if (tree === "meta-data" && branch === "iam") return iamRoute(segments.slice(3));
  if (tree === "meta-data" && branch === "identity-credentials") return NOT_FOUND;
  return catalogue.get(segments.slice(1).join("/")) ?? NOT_FOUND;
}

function iamRoute(below: readonly string[]): Route {
  const [name, ...rest] = below;
  switch (name) {
    case undefined:
      return IAM_DIRECTORY;
    case "info":
      return rest.length === 0 ? IAM_INFO : NOT_FOUND;
    case "security-credentials":
    case "security-credentials-extended": {
      if (rest.length === 0) return ROLE_LIST;
      return { kind: "role-credentials", role: rest.join("/"), extended: name === "security-credentials-extended" };
    }
    default:
      return NOT_FOUND;
  }
}
