import type { IncomingMessage, ServerResponse } from "node:http";
import type { Journal } from "../control/journal.ts";
import type { Connections } from "../http/connections.ts";
import type { Access } from "./access.ts";
import type { ObjectDraft } from "./admission.ts";
import { authenticate } from "./authenticate.ts";
import type { Cluster } from "./cluster.ts";
import { answerPublic, discover } from "./discovery.ts";
import type { Faults, Verb } from "./faults.ts";
import { listPage, readNumber, type Selection } from "./list.ts";
import { mergePatch } from "./merge-patch.ts";
import type { KubernetesObject } from "./object.ts";
import type { ObjectStore } from "./object-store.ts";
import { readDraft, readPatch } from "./request-objects.ts";
import { type ResourceName, resourceNamed } from "./resources.ts";
import { send, sendFailure, sendJson } from "./respond.ts";
import { answerReview, isReview } from "./reviews.ts";
import { isTrue, parseRoute, type Route, verbOf } from "./route.ts";
import { parseFieldSelector, parseLabelSelector } from "./selectors.ts";
import { ApiError, conflict, failure, forbidden, invalid } from "./status.ts";
import type { Tokens } from "./tokens.ts";
import type { WatchStreams } from "./watch-streams.ts";

/** A request that reached a resource; requests that were refused or failed count as well. */
export interface ApiRequest {
  readonly verb: Verb;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly query: Readonly<Record<string, string>>;
}

export interface ApiParts {
  readonly connections: Connections;
  readonly store: ObjectStore;
  readonly cluster: Cluster;
  readonly watches: WatchStreams;
  readonly tokens: Tokens;
  readonly access: Access;
  readonly faults: Faults;
  readonly requests: Journal<ApiRequest>;
}

/** Answers a request, every error as a metav1 Status. */
export function handleRequest(parts: ApiParts, request: IncomingMessage, response: ServerResponse): void {
  answer(parts, request, response).catch((error: unknown) => {
    const status = error instanceof ApiError ? error.status : failure(500, String(error));
    if (response.headersSent) response.destroy();
    else sendJson(response, status.code, status);
  });
}

async function answer(parts: ApiParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname: path, searchParams: query } = new URL(request.url ?? "/", "https://stand-in");
  const open = answerPublic(path);
  if (open !== undefined) return send(response, 200, open);

  const discovery = parts.tokens.discovery(path);
  if (discovery !== undefined) return answerDiscovery(parts, path, discovery, request, response);

  const route = parseRoute(path);
  if (!route) {
    authenticate(parts.tokens, request, { verb: "get", plural: path, group: "" });
    const found = request.method === "GET" ? discover(path) : undefined;
    if (!found) throw new ApiError(failure(404, "the server could not find the requested resource", { details: {} }));
    return sendJson(response, 200, found);
  }
  const verb = verbOf(request.method ?? "", route, query);
  if (!verb || (isReview(route.resource.plural) && verb !== "create")) {
    throw new ApiError(
      failure(405, "the server does not allow this method on the requested resource", { details: {} }),
    );
  }
  const { resource, namespace, name } = route;
  parts.requests.record({ verb, resource: resource.plural, namespace, name, query: Object.fromEntries(query) });
  await parts.faults.pass(verb, resource);
  const fault = parts.faults.take(verb, resource);
  if (fault?.status === "reset") return parts.connections.reset(request.socket);
  if (fault) return sendFailure(fault, response);

  const attempt = { verb, ...resource, namespace, name };
  const user = authenticate(parts.tokens, request, attempt);
  if (!parts.access.allows({ verb, group: resource.group, resource: resource.plural, namespace })) {
    throw new ApiError(forbidden(user, attempt));
  }
  if (isReview(resource.plural)) {
    return sendJson(response, 201, answerReview(resource.plural, await readDraft(request), parts));
  }
  return answerResource(parts, { verb, route, query, request, response });
}

/** Of the tokens' issuer; authorized by its path, which stands for the resource in faults and rules too. */
async function answerDiscovery(
  parts: ApiParts,
  path: string,
  document: object,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const resource = { plural: path, group: "" };
  parts.requests.record({ verb: "get", resource: path, namespace: undefined, name: undefined, query: {} });
  await parts.faults.pass("get", resource);
  const fault = parts.faults.take("get", resource);
  if (fault?.status === "reset") return parts.connections.reset(request.socket);
  if (fault) return sendFailure(fault, response);
  const attempt = { verb: "get", ...resource } as const;
  const user = authenticate(parts.tokens, request, attempt);
  if (!parts.access.allows({ verb: "get", group: "", resource: path })) throw new ApiError(forbidden(user, attempt));
  // Kubernetes has its keys in no other form (k8s.io/kubernetes/pkg/routes/openidmetadata.go).
  const wanted = path.endsWith("/jwks") ? "application/jwk-set+json" : "application/json";
  if (![wanted, "*/*"].some((type) => request.headers.accept?.includes(type))) {
    throw new ApiError(failure(406, "406: Not Acceptable", { details: {} }));
  }
  return sendJson(response, 200, document);
}

interface ResourceRequest {
  readonly verb: Verb;
  readonly route: Route;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answerResource(
  parts: ApiParts,
  { verb, route, query, request, response }: ResourceRequest,
): Promise<void> {
  const { cluster, store } = parts;
  const { namespace, name = "" } = route;
  const resource = route.resource.plural as ResourceName;
  switch (verb) {
    case "get":
      return sendJson(response, 200, cluster.get(resource, namespace, name));
    case "list":
      return sendJson(response, 200, listPage(store, readSelection(resource, namespace, query), query));
    case "watch":
      return openWatch(parts, readSelection(resource, namespace, query), query, response);
    case "create":
      return sendJson(response, 201, cluster.create(resource, namespace, await readDraft(request)));
    case "update": {
      const draft = await readDraft(request);
      return sendJson(response, 200, change(cluster, resource, cluster.get(resource, namespace, name), draft));
    }
    case "patch": {
      const patch = await readPatch(request);
      const before = cluster.get(resource, namespace, name);
      return sendJson(response, 200, change(cluster, resource, before, mergePatch(before, patch) as ObjectDraft));
    }
    case "delete":
      return sendJson(response, 200, cluster.delete(resource, namespace, name));
  }
}

/** The status of an object is not changed through the object itself, and not over a newer version of it. */
function change(
  cluster: Cluster,
  resource: ResourceName,
  before: KubernetesObject,
  after: ObjectDraft,
): KubernetesObject {
  const { resourceVersion = "" } = after.metadata ?? {};
  if (resourceVersion !== "" && resourceVersion !== before.metadata.resourceVersion) {
    throw new ApiError(conflict(resourceNamed(resource), before.metadata.name));
  }
  const { status: _status, ...fields } = after;
  return cluster.replace(
    resource,
    before,
    before["status"] === undefined ? fields : { ...fields, status: before["status"] },
  );
}

function readSelection(name: ResourceName, namespace: string | undefined, query: URLSearchParams): Selection {
  const resource = resourceNamed(name);
  const byField = parseFieldSelector(query.get("fieldSelector") ?? "", resource);
  const byLabel = parseLabelSelector(query.get("labelSelector") ?? "");
  return { resource, namespace, selector: (object) => byField(object) && byLabel(object) };
}

function openWatch(
  { watches }: ApiParts,
  selection: Selection,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  if (query.has("sendInitialEvents")) {
    const problem = "Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled";
    throw new ApiError(invalid("ListOptions.meta.k8s.io", "", "sendInitialEvents", problem));
  }
  watches.open(
    {
      ...selection,
      fromVersion: readNumber("resourceVersion", query.get("resourceVersion") ?? ""),
      allowBookmarks: isTrue(query.get("allowWatchBookmarks")),
      timeoutSeconds: readNumber("timeoutSeconds", query.get("timeoutSeconds") ?? ""),
    },
    response,
  );
}
