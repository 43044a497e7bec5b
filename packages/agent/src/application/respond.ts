import type { Clock } from "@rolecall/common/time/clock";
import { type MetadataResponse, type RefusedOutcome, refused } from "../domain/imds/response.ts";
import type { PodStandings } from "./ports/pod-standings.ts";

/**
 * How long an answer may wait for something to become known, from the request's arrival. Go's SDK gives up on an attempt
 * after 500 ms; 400 ms leave it its answer.
 */
const ANSWER_DEADLINE_MS = 400;

/** How far a request has come. */
export type Step =
  | { readonly kind: "answer"; readonly response: MetadataResponse }
  /** The source's standing may be about to change; `otherwise` when it does not in time. */
  | { readonly kind: "wait"; readonly otherwise: RefusedOutcome }
  /** The node's own metadata has to be read first. */
  | { readonly kind: "work"; readonly respond: () => Promise<MetadataResponse> };

interface RespondParts {
  readonly standings: PodStandings;
  readonly clock: Clock;
}

/**
 * Answers at once where that is possible, else as soon as it is, and in any case when the one deadline passes.
 *
 * @param refuse makes the answer of a deadline that passed
 */
export function respond(
  decide: () => Step,
  parts: RespondParts,
  refuse: (outcome: RefusedOutcome) => MetadataResponse = refused,
): MetadataResponse | Promise<MetadataResponse> {
  const first = decide();
  return first.kind === "answer" ? first.response : respondLater(first, decide, parts, refuse);
}

function respondLater(
  first: Exclude<Step, { kind: "answer" }>,
  decide: () => Step,
  { standings, clock }: RespondParts,
  refuse: (outcome: RefusedOutcome) => MetadataResponse,
): Promise<MetadataResponse> {
  return new Promise((resolve, reject) => {
    let otherwise: RefusedOutcome = "upstream-unreachable";
    let unsubscribe = () => {};
    const cancelDeadline = clock.setTimer(ANSWER_DEADLINE_MS, () => settle(refuse(otherwise)));
    const settle = (response: MetadataResponse) => {
      unsubscribe();
      cancelDeadline();
      resolve(response);
    };
    const follow = (step: Step) => {
      switch (step.kind) {
        case "answer":
          settle(step.response);
          break;
        case "wait":
          otherwise = step.otherwise;
          break;
        case "work":
          unsubscribe();
          otherwise = "upstream-unreachable";
          step.respond().then(settle, reject);
      }
    };
    if (first.kind === "wait") unsubscribe = standings.onChange(() => follow(decide()));
    follow(first);
  });
}
