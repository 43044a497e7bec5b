import { apiVersionOf, RESOURCES, type Resource } from "./resources.ts";
import { REVIEWS } from "./reviews.ts";

const VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"];

/** What kubectl asks before anything else. @returns undefined for any other path */
export function discover(path: string): object | undefined {
  switch (path.replace(/\/$/, "")) {
    case "/api":
      return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
    case "/apis":
      return { kind: "APIGroupList", apiVersion: "v1", groups: groups() };
    default: {
      const groupVersion = /^\/(?:api|apis)\/(.+?)\/?$/.exec(path)?.[1];
      const resources = RESOURCES.filter((resource) => apiVersionOf(resource) === groupVersion).map(describe);
      const reviews = Object.entries(REVIEWS)
        .filter(([, { group }]) => `${group}/v1` === groupVersion)
        .map(([name, { kind }]) => ({
          name,
          singularName: kind.toLowerCase(),
          namespaced: false,
          kind,
          verbs: ["create"],
        }));
      if (resources.length + reviews.length === 0) return undefined;
      return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources: [...resources, ...reviews] };
    }
  }
}

const describe = ({ plural, kind, isNamespaced, shortNames }: Resource) => ({
  name: plural,
  singularName: kind.toLowerCase(),
  namespaced: isNamespaced,
  kind,
  verbs: VERBS,
  shortNames,
});

function groups(): readonly object[] {
  const names = [...RESOURCES.map(({ group }) => group), ...Object.values(REVIEWS).map(({ group }) => group)];
  return [...new Set(names)]
    .filter((name) => name !== "")
    .map((name) => {
      const version = { groupVersion: `${name}/v1`, version: "v1" };
      return { name, versions: [version], preferredVersion: version };
    });
}

/** `/version`, `/readyz` and their like, which a real server answers without a token. */
export function answerPublic(path: string): string | object | undefined {
  switch (path) {
    case "/version":
      return {
        major: "1",
        minor: "34",
        gitVersion: "v1.34.4",
        gitTreeState: "clean",
        compiler: "gc",
        platform: "linux/amd64",
      };
    case "/readyz":
    case "/livez":
    case "/healthz":
      return "ok";
    default:
      return undefined;
  }
}
