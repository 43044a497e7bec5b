import { decodeContinue, encodeContinue } from "./continue-token.ts";
import { type KubernetesObject, keyOf } from "./object.ts";
import type { ObjectStore } from "./object-store.ts";
import { apiVersionOf, type Resource, type ResourceName } from "./resources.ts";
import type { Selector } from "./selectors.ts";
import { ApiError, badRequest, continueExpired, failure, invalid } from "./status.ts";

/** What both a list and a watch select. */
export interface Selection {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly selector: Selector;
}

export const selects =
  ({ namespace, selector }: Selection): Selector =>
  (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) && selector(object);

/**
 * One page of a list. All pages of one list show the same state.
 *
 * @throws ApiError 410 when that state has been compacted, 504 for a version that is yet to come, 400 and 422 for
 *   parameters that make no sense
 */
export function listPage(store: ObjectStore, selection: Selection, query: URLSearchParams): object {
  const { resource } = selection;
  const { resourceVersion, after, limit } = readPage(store, query);
  const inOrder = store.list(resource.plural as ResourceName, resourceVersion);
  const all = inOrder.slice(after === undefined ? 0 : firstAfter(inOrder, after)).filter(selects(selection));
  const items = limit > 0 ? all.slice(0, limit) : all;
  const last = items.at(-1);
  const remaining = all.length - items.length;
  const hasSelector = query.has("fieldSelector") || query.has("labelSelector");
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: {
      resourceVersion: String(resourceVersion),
      ...(remaining > 0 && last ? { continue: encodeContinue({ resourceVersion, after: keyOf(last) }) } : {}),
      // With a selector etcd would have to read on to know.
      ...(remaining > 0 && !hasSelector ? { remainingItemCount: remaining } : {}),
    },
    items: items.map(withoutType),
  };
}

/** The index of the first object whose key is greater; a large list has many pages, so each is found and not looked for. */
function firstAfter(inOrder: readonly KubernetesObject[], key: string): number {
  let [low, high] = [0, inOrder.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const object = inOrder[middle];
    if (object && keyOf(object) > key) high = middle;
    else low = middle + 1;
  }
  return low;
}

function readPage(store: ObjectStore, query: URLSearchParams) {
  const limit = readNumber("limit", query.get("limit") ?? "");
  const version = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  const token = query.get("continue") ?? "";
  if (token !== "") return { ...continued(store, token, version), limit };
  if (match !== "" && version === "") {
    throw new ApiError(
      invalid(
        "ListOptions.meta.k8s.io",
        "",
        "resourceVersionMatch",
        "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
      ),
    );
  }
  const wanted = readNumber("resourceVersion", version);
  if (wanted > store.resourceVersion) {
    throw new ApiError(
      failure(504, `Timeout: Too large resource version: ${wanted}, current: ${store.resourceVersion}`, {
        details: {
          causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
          retryAfterSeconds: 1,
        },
      }),
    );
  }
  if (match === "Exact") {
    if (wanted < store.compactedVersion) {
      throw new ApiError(failure(410, "The resourceVersion for the provided list is too old."));
    }
    return { resourceVersion: wanted, after: undefined, limit };
  }
  // Version 0 is answered from the watch cache, which knows no pages.
  return { resourceVersion: store.resourceVersion, after: undefined, limit: version === "0" ? 0 : limit };
}

function continued(store: ObjectStore, token: string, version: string) {
  if (version !== "" && version !== "0") {
    throw new ApiError(badRequest("specifying resource version is not allowed when using continue"));
  }
  const { resourceVersion, after } = decodeContinue(token);
  if (resourceVersion === -1) return { resourceVersion: store.resourceVersion, after };
  if (resourceVersion < store.compactedVersion) {
    throw new ApiError(continueExpired(encodeContinue({ resourceVersion: -1, after })));
  }
  return { resourceVersion, after };
}

/** @throws ApiError 400 for what is no whole number; 0 stands for an empty text */
export function readNumber(field: string, text: string): number {
  if (!/^\d{0,15}$/.test(text)) {
    throw new ApiError(
      badRequest(`${field}: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`),
    );
  }
  return Number(text);
}

/** The items of a list do not say their type; the list does. */
const withoutType = ({ kind: _kind, apiVersion: _apiVersion, ...item }: KubernetesObject) => item;
