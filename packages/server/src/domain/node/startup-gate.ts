/**
 * The taint that nodes may join the cluster with, so that no pod is placed on one before its agent can answer. Whoever
 * makes the nodes sets it; only the server takes it away.
 */
export const STARTUP_TAINT = "rolecall.dev/agent-not-ready";

/** What an agent says of itself, in the words of the wire contract. */
export interface GateFacts {
  readonly viewGeneration: number;
  readonly interception: string;
  readonly probe: string;
}

type Check = (facts: GateFacts) => boolean;

const hasItsView: Check = ({ viewGeneration }) => viewGeneration > 0;

const interceptsOrNeedNot: Check = ({ interception }) => interception === "STATE_IN_PLACE" || isOff(interception);

/** A node that cannot be probed is judged by its rules alone. */
const isProvenOrCannotBe: Check = ({ interception, probe }) =>
  isOff(interception) || ["PROBE_ARRIVES", "PROBE_OFF", "PROBE_UNAVAILABLE"].includes(probe);

/** Without interception, pods are pointed at the agent by their environment. */
const isOff = (interception: string) => interception === "STATE_OFF";

const CHECKS: readonly Check[] = [hasItsView, interceptsOrNeedNot, isProvenOrCannotBe];

/** Whether pods that ask for a role may be placed on the node. */
export const mayTakePods = (facts: GateFacts): boolean => CHECKS.every((check) => check(facts));
