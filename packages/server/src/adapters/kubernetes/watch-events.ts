import { KubernetesError } from "./kubernetes-error.ts";
import { fields, text } from "./object-fields.ts";

/** One line of a watch. */
export type WatchEvent<T> =
  | { readonly kind: "changed" | "removed"; readonly resource: T; readonly version: string | undefined }
  /** Nothing changed; a watch may start from this version. */
  | { readonly kind: "bookmark"; readonly version: string | undefined }
  | { readonly kind: "error"; readonly error: KubernetesError }
  | { readonly kind: "malformed" };

export function readWatchEvent<T>(line: string, project: (object: unknown) => T | undefined): WatchEvent<T> {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    return { kind: "malformed" };
  }
  const { type, object } = fields(event);
  const version = text(fields(fields(object)["metadata"])["resourceVersion"]);
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED": {
      const resource = project(object);
      if (resource === undefined) return { kind: "malformed" };
      return { kind: type === "DELETED" ? "removed" : "changed", resource, version };
    }
    case "BOOKMARK":
      return { kind: "bookmark", version };
    case "ERROR": {
      const { code, message } = fields(object);
      return {
        kind: "error",
        error: new KubernetesError(typeof code === "number" ? code : 500, text(message) ?? "watch error"),
      };
    }
    default:
      return { kind: "malformed" };
  }
}
