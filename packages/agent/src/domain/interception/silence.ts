import type { ProbeResult } from "./probe-outcome.ts";

export interface SilenceFacts {
  /** What is wrong with `--host-interface`, if anything. */
  readonly hostInterfaceProblem: string | undefined;
  /** Undefined where none was sent. */
  readonly probe: Pick<ProbeResult, "outcome" | "problem"> | undefined;
}

type Cause = (facts: SilenceFacts) => string | undefined;

/** In the order of how sure each is. */
const CAUSES: readonly Cause[] = [
  ({ hostInterfaceProblem }) => hostInterfaceProblem,
  ({ probe }) => (probe && probe.outcome !== "unavailable" ? probe.problem : undefined),
  ({ probe }) =>
    probe?.outcome === "arrives"
      ? "the way to the agent is open, so the pods' programs find credentials elsewhere (AWS_WEB_IDENTITY_TOKEN_FILE, AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_ACCESS_KEY_ID), use another endpoint or a proxy (add 169.254.169.254 to NO_PROXY), or the network plugin takes pods' packets past iptables (Cilium: set bpf.hostLegacyRouting)"
      : undefined,
];

/** Why pods that may have credentials do not ask for them, as far as it can be told from here. */
export function likelyCause(facts: SilenceFacts): string {
  for (const cause of CAUSES) {
    const found = cause(facts);
    if (found !== undefined) return found;
  }
  return "look at the order of the node's rules (iptables-save -t nat), and whether its network plugin uses iptables";
}
