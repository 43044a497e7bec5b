import type { Clock } from "@rolecall/common/time/clock";
import { containerRefusal, decideContainerCredentials } from "../domain/imds/container-credentials.ts";
import { parseTarget } from "../domain/imds/path-grammar.ts";
import { type HostAllowList, hygieneProblem, readHeaders } from "../domain/imds/request-hygiene.ts";
import { type MetadataResponse, methodRefused, type RefusedOutcome } from "../domain/imds/response.ts";
import type { AnswerMetadata, MetadataRequest } from "./answer-metadata.ts";
import type { PodStandings } from "./ports/pod-standings.ts";
import { respond } from "./respond.ts";

export interface AnswerContainerCredentialsParts {
  readonly standings: PodStandings;
  readonly hosts: HostAllowList;
  readonly clock: Clock;
}

/** The path that EKS Pod Identity gives to clients. */
const PATH = "v1/credentials";

/** The second door to the same credentials, for clients whose environment names a container endpoint. */
export function answerContainerCredentials(parts: AnswerContainerCredentialsParts): AnswerMetadata {
  const counted = (response: MetadataResponse) => ({ response, route: "container-credentials" }) as const;
  return (request) => {
    const response = answer(request, parts);
    return response instanceof Promise ? response.then(counted) : counted(response);
  };
}

function answer(request: MetadataRequest, parts: AnswerContainerCredentialsParts) {
  const headers = readHeaders(request.headers);
  const target = parseTarget(request.target);
  if (target.kind === "rejected") return containerRefusal("request-malformed");
  const { hosts, standings, clock } = parts;
  const facts = { headers, authority: target.authority, hostOptional: request.hostOptional, hosts };
  const problem: RefusedOutcome | undefined =
    hygieneProblem(facts) ?? (target.segments.join("/") === PATH ? undefined : "path-unknown");
  if (problem) return containerRefusal(problem);
  if (request.method !== "GET")
    return { ...containerRefusal("method-not-allowed"), headers: methodRefused("GET").headers };
  return respond(
    () => decideContainerCredentials(headers.authorization, standings.at(request.sourceAddress), clock.nowMs()),
    parts,
    containerRefusal,
  );
}
