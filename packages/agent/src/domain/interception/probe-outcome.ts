/** What came of one connection of the self-probe. */
export type ProbeAttempt =
  | { readonly kind: "answered"; readonly by: "agent" | "another" }
  | { readonly kind: "refused" }
  /** Neither answer nor refusal in time. */
  | { readonly kind: "lost" }
  /** It could not be made at all. */
  | { readonly kind: "failed"; readonly why: string };

export const PROBE_OUTCOMES = ["arrives", "refused", "passed-by", "lost", "unavailable"] as const;
export type ProbeOutcome = (typeof PROBE_OUTCOMES)[number];

export interface ProbeResult {
  readonly outcome: ProbeOutcome;
  /** What it means and what to look at; absent where all is well. */
  readonly problem?: string | undefined;
}

/** What the probe sends: a request that the agent answers, and a connection that the guard must refuse. */
export interface ProbeAttempts {
  readonly metadata: ProbeAttempt;
  readonly guarded: ProbeAttempt;
}

/** The port of the metadata address that no rule intercepts, for the guard alone. */
export const GUARDED_PORT = 81;

type Check = (attempts: ProbeAttempts) => ProbeResult | undefined;

const problem = (outcome: ProbeOutcome, text: string): ProbeResult => ({ outcome, problem: text });

const couldBeMade: Check = ({ metadata, guarded }) => {
  const failed = [metadata, guarded].find((attempt) => attempt.kind === "failed");
  return failed && problem("unavailable", failed.why);
};

const nothingPassesBy: Check = ({ metadata, guarded }) => {
  if (metadata.kind === "answered" && metadata.by === "another")
    return problem(
      "passed-by",
      "a pod's request to 169.254.169.254 is answered by something that is not the agent: look for rules before ours with iptables-save, and for another metadata proxy",
    );
  return guarded.kind === "answered"
    ? problem("passed-by", `port ${GUARDED_PORT} of 169.254.169.254 is reached past the guard`)
    : undefined;
};

const agentIsReached: Check = ({ metadata }) => {
  if (metadata.kind === "refused")
    return problem(
      "refused",
      "a pod's request to 169.254.169.254 is refused: no agent listens, or no rule leads to it",
    );
  return metadata.kind === "lost"
    ? problem(
        "lost",
        "a pod's request to 169.254.169.254 is neither answered nor refused: a rule drops it, or the agent is too busy",
      )
    : undefined;
};

const guardRefuses: Check = ({ guarded }) =>
  guarded.kind === "lost"
    ? problem("lost", `port ${GUARDED_PORT} of 169.254.169.254 is not refused: the guard does not reach the packet`)
    : undefined;

/** In the order of what is worst. */
const CHECKS: readonly Check[] = [nothingPassesBy, couldBeMade, agentIsReached, guardRefuses];

export function probeResult(attempts: ProbeAttempts): ProbeResult {
  for (const check of CHECKS) {
    const result = check(attempts);
    if (result) return result;
  }
  return { outcome: "arrives" };
}
