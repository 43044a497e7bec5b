import type { Route } from "./routes.ts";

/**
 * The methods of a route, as its Allow header lists them. EC2 names OPTIONS for its token, and so do we; neither answers
 * it, so that no browser gets past a preflight.
 */
export const allowOf = (route: Route): string => (route.kind === "token" ? "OPTIONS, PUT" : "GET, HEAD");

export function methodIsServed(route: Route, method: string): boolean {
  switch (route.kind) {
    case "token":
      return method === "PUT";
    case "versioned-token":
      return true; // Refused whatever the method.
    default:
      return method === "GET" || method === "HEAD";
  }
}
