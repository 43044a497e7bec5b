import type { Verb } from "./faults.ts";
import { RESOURCES, type Resource } from "./resources.ts";
import { REVIEWS } from "./reviews.ts";

/** What a request is about. */
export interface Route {
  readonly resource: Pick<Resource, "plural" | "group">;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

const REVIEW_RESOURCES = Object.entries(REVIEWS).map(([plural, { group }]) => ({
  plural,
  group,
  version: "v1",
  isNamespaced: false,
}));
const ROUTED = [...RESOURCES, ...REVIEW_RESOURCES];

/**
 * Reads a path below `/api/v1` or `/apis/GROUP/VERSION`.
 *
 * @returns undefined for a path of no resource that the stand-in has
 */
export function parseRoute(path: string): Route | undefined {
  const match = /^\/(?:api|apis\/([^/]+))\/(v[^/]+)\/(.+?)\/?$/.exec(path);
  if (!match) return undefined;
  const [, group = "", version, rest = ""] = match;
  const segments = rest.split("/").map(decodeURIComponent);
  const isScoped = segments[0] === "namespaces" && segments.length > 2;
  const namespace = isScoped ? segments[1] : undefined;
  const [plural, name, ...more] = isScoped ? segments.slice(2) : segments;
  if (more.length > 0) return undefined;
  const resource = ROUTED.find(
    (candidate) => candidate.group === group && candidate.version === version && candidate.plural === plural,
  );
  if (!resource) return undefined;
  // A namespaced object has no name at the cluster scope, and a cluster-wide one no namespace.
  if (resource.isNamespaced ? namespace === undefined && name !== undefined : namespace !== undefined) return undefined;
  return { resource: { plural: resource.plural, group }, namespace, name };
}

/** @returns undefined for a method that does not go with the path */
export function verbOf(method: string, { name }: Route, query: URLSearchParams): Verb | undefined {
  if (name === undefined) {
    if (method === "POST") return "create";
    if (method !== "GET") return undefined;
    return isTrue(query.get("watch")) ? "watch" : "list";
  }
  return ({ GET: "get", PUT: "update", PATCH: "patch", DELETE: "delete" } as const)[method];
}

export const isTrue = (text: string | null): boolean => text === "true" || text === "1";
