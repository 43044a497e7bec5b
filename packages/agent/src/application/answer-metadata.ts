import type { Clock } from "@rolecall/common/time/clock";
import type { Catalogue } from "../domain/imds/allow-list.ts";
import { type DecisionRules, decide } from "../domain/imds/decision.ts";
import { memoized } from "../domain/imds/memo.ts";
import { allowOf, methodIsServed } from "../domain/imds/methods.ts";
import { parseTarget } from "../domain/imds/path-grammar.ts";
import { type HostAllowList, hygieneProblem, readHeaders } from "../domain/imds/request-hygiene.ts";
import { answered, type MetadataResponse, methodRefused, type RouteLabel, refused } from "../domain/imds/response.ts";
import { type Route, routeOf } from "../domain/imds/routes.ts";
import type { LeafReading, NodeMetadata } from "./ports/node-metadata.ts";
import type { PodStandings } from "./ports/pod-standings.ts";
import { respond, type Step } from "./respond.ts";

export interface MetadataRequest {
  readonly method: string;
  /** The request target as received, one character a byte. */
  readonly target: string;
  /** Names and values in turn, as received. */
  readonly headers: readonly string[];
  /** HTTP/1.0, which knows no Host header. */
  readonly hostOptional: boolean;
  /** Who asks: the connection's source, never anything the request says. Plain IPv4 or IPv6, never IPv4-mapped. */
  readonly sourceAddress: string;
}

export interface MetadataAnswer {
  readonly response: MetadataResponse;
  /** What it is counted under; undefined where it is not counted. */
  readonly route: RouteLabel | undefined;
}

/** Answers within 450 ms; a promise only where something has to be waited for. */
export type AnswerMetadata = (request: MetadataRequest) => MetadataAnswer | Promise<MetadataAnswer>;

export interface AnswerMetadataParts extends DecisionRules {
  readonly standings: PodStandings;
  readonly nodeMetadata: NodeMetadata;
  readonly catalogue: Catalogue;
  readonly hosts: HostAllowList;
  readonly clock: Clock;
}

/** The metadata service: what EC2 answers on an instance, for the pod that asks. */
export function answerMetadata(parts: AnswerMetadataParts): AnswerMetadata {
  const resolve = memoized((target) => resolveTarget(target, parts.catalogue), MAX_REMEMBERED_TARGETS);
  return (request) => {
    const target = resolve(request.target);
    const route = target.kind === "rejected" ? "malformed" : target.route.kind;
    const response = answer(request, target, parts);
    return response instanceof Promise ? response.then((later) => ({ response: later, route })) : { response, route };
  };
}

/** A node's pods ask for a few dozen different paths. */
const MAX_REMEMBERED_TARGETS = 512;

type ResolvedTarget =
  | { readonly kind: "rejected" }
  | { readonly kind: "route"; readonly route: Route; readonly authority: string | undefined };

function resolveTarget(target: string, catalogue: Catalogue): ResolvedTarget {
  const parsed = parseTarget(target);
  if (parsed.kind === "rejected") return parsed;
  return { kind: "route", route: routeOf(parsed.segments, catalogue), authority: parsed.authority };
}

function answer(
  request: MetadataRequest,
  target: ResolvedTarget,
  parts: AnswerMetadataParts,
): MetadataResponse | Promise<MetadataResponse> {
  if (target.kind === "rejected") return refused("request-malformed");
  const { route, authority } = target;
  const headers = readHeaders(request.headers);
  const problem = hygieneProblem({ headers, authority, hostOptional: request.hostOptional, hosts: parts.hosts });
  if (problem) return refused(problem);
  if (!methodIsServed(route, request.method)) return methodRefused(allowOf(route));

  const decideNow = (): Step => {
    const standing = parts.standings.at(request.sourceAddress);
    const decision = decide({ route, headers }, standing, parts.clock.nowMs(), parts);
    if (decision.kind !== "read-leaf") return decision;
    return { kind: "work", respond: () => parts.nodeMetadata.read(decision.path).then(leafResponse) };
  };
  return respond(decideNow, parts);
}

function leafResponse(reading: LeafReading): MetadataResponse {
  switch (reading.kind) {
    case "found":
      return answered(reading.body);
    case "absent":
      return refused("leaf-absent");
    case "unusable":
      return refused("upstream-unusable");
    case "unreachable":
      return refused("upstream-unreachable");
  }
}
