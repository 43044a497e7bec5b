import type { AgentReport } from "@rolecall/server/domain/fleet/fleet-report";
import { clockTrouble } from "../clock/clock-trouble.ts";
import { fixOf } from "./advice.ts";
import { agentReportOf, feedingReport, type PodFacts, reportsOf } from "./facts.ts";
import { failed, type Hop, passed, unknown, warned } from "./hop.ts";
import { isAlive, noServer } from "./server-hops.ts";

export function feedHop(facts: PodFacts): Hop {
  const { pod, agent, servers } = facts;
  if (pod?.node === undefined) {
    return failed("node feed", "the pod is on no node yet", "See why it is not scheduled: kubectl describe pod.");
  }
  const reports = reportsOf(facts);
  const { feed, report } = feedingReport(facts) ?? {};
  const expired = expiryOf(facts);
  if (feed) {
    const applied = report ? `, of which the agent has applied ${report.viewGeneration} by ${report.at}` : "";
    const says = `the agent of ${pod.node} is connected; ${feed.sentGeneration} updates were sent${applied}`;
    if (expired === undefined) return passed("node feed", says);
    return warned(
      "node feed",
      `${says}; but its certificate expired at ${expired}, so that it cannot connect anew, and its pods keep their credentials only until those expire`,
      fixOf("certificate-expired"),
      "certificate-expired",
    );
  }
  if (!agent) {
    return failed("node feed", `no agent runs on ${pod.node}`, fixOf("agent-missing"), "agent-missing");
  }
  if (!agent.ready) {
    const why = agent.problem === undefined ? "" : ` (${agent.problem})`;
    return failed(
      "node feed",
      `the agent ${agent.name} on ${pod.node} is not ready${why}`,
      `See its log: kubectl logs ${agent.name}.`,
    );
  }
  if (reports.length < servers.length || reports.length === 0) {
    return unknown("node feed", `the agent ${agent.name} is ready; ${noServer(facts)}`);
  }
  if (expired !== undefined) {
    return failed(
      "node feed",
      `the agent ${agent.name} is connected to no server, and its certificate expired at ${expired}`,
      fixOf("certificate-expired"),
      "certificate-expired",
    );
  }
  const refused = refusalOf(facts);
  if (refused !== undefined) {
    const says = `the agent ${agent.name} is connected to no server: ${refused.server.name} refused who dialled it from ${pod.node} at ${refused.at}: ${refused.reason}`;
    return refused.reason === "certificate-expired"
      ? failed("node feed", says, fixOf("certificate-expired"), "certificate-expired")
      : failed(
          "node feed",
          says,
          "See the reason in docs/troubleshooting.md#an-agent-is-refused, or for a token in docs/wire-contract.md",
        );
  }
  return failed(
    "node feed",
    `the agent ${agent.name} is connected to no server`,
    `See its log: kubectl logs ${agent.name}. Most often it is the way to port 9610, or a certificate.`,
  );
}

/** When the certificate of the pod's agent expired; undefined where it lives, or nobody has heard of it. */
function expiryOf(facts: PodFacts): string | undefined {
  const { expiresAt } = agentReportOf(facts)?.certificate ?? {};
  return expiresAt !== undefined && Date.parse(expiresAt) <= facts.nowMs ? expiresAt : undefined;
}

/** The latest refusal that any server knows of. */
const refusalOf = (facts: PodFacts) =>
  reportsOf(facts)
    .flatMap(({ server, refused }) => (refused ? [{ server, ...refused }] : []))
    .toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at))[0];

export function interceptionHop(facts: PodFacts): Hop {
  const report = agentReportOf(facts);
  switch (report?.interception) {
    case "in-place":
      return probeHop(report, facts.nowMs);
    case "off":
      return passed("interception", "switched off: clients must be pointed at the agent");
    case "broken":
      return failed(
        "interception",
        "the kernel's rules do not bring metadata traffic to the agent",
        "See the agent's log for the rule that is wrong and who else changes the node's iptables.",
      );
    case "unknown":
      return unknown("interception", "the agent has not looked at the rules yet: try again in a few seconds");
    case undefined:
      return unknown(
        "interception",
        reportsOf(facts).length === 0 ? noServer(facts) : "the agent has not reported yet",
      );
  }
}

/** The rules are there; whether a pod's request comes to the agent by them is what the self-probe tells. */
function probeHop(report: AgentReport, nowMs: number): Hop {
  const { probe, at } = report;
  const trouble = PROBE_TROUBLE[probe];
  if (trouble === undefined) {
    const proof = probe === "arrives" ? ", and the node's own probe came by them to the agent" : "";
    const says = `the rules are in place${proof}, as the agent said at ${at}`;
    const drift = recentDrift(report, nowMs);
    return drift === undefined
      ? passed("interception", says)
      : warned("interception", `${says}; but ${drift}`, fixOf("rules-drifted"), "rules-drifted");
  }
  return failed("interception", `the rules are in place, but ${trouble}`, PROBE_FIX);
}

/** What was put right is told for so long: whoever flushes the rules once an hour is still found. */
const DRIFT_TOLD_MS = 3_600_000;

function recentDrift({ drift }: AgentReport, nowMs: number): string | undefined {
  if (!drift) return undefined;
  const sinceMs = Math.max(0, nowMs - Date.parse(drift.lastAt));
  if (sinceMs > DRIFT_TOLD_MS) return undefined;
  const often = drift.times > 1 ? ` (${drift.times} changes so far)` : "";
  return `something on the node changed them ${Math.round(sinceMs / 1_000)} s ago${often}; until the agent put them right pods were refused or, where the guard was gone too, could reach the node's own role`;
}

const PROBE_TROUBLE: Readonly<Partial<Record<AgentReport["probe"], string>>> = {
  refused: "the node's own probe was refused",
  "passed-by": "something else than the agent answered the node's own probe: pods may reach the node's role",
  lost: "the node's own probe was lost",
};
const PROBE_FIX =
  "See what else handles the node's traffic: another chain that comes first, or a data path beside iptables (eBPF).";

export function credentialsHop(facts: PodFacts): Hop {
  const { assumption } = feedingReport(facts) ?? {};
  if (!facts.pod || !assumption) {
    return unknown("credentials", reportsOf(facts).length === 0 ? noServer(facts) : "no server holds any for it yet");
  }
  if (!isAlive(assumption)) {
    const due = assumption.dueAt === undefined ? "in a moment" : `at ${assumption.dueAt}`;
    return unknown("credentials", `no server holds any yet; STS is asked ${due}`);
  }
  if (facts.pod.ips.length === 0) {
    return unknown("credentials", "the pod has no address yet, as far as the API server knows");
  }
  const says = `an SDK in the pod (${facts.pod.ips.join(", ")}) is given ${assumption.roleArn} as ${assumption.sessionName}`;
  const off = clockTrouble(agentReportOf(facts)?.clockAheadSeconds);
  if (off === undefined) return passed("credentials", says);
  return warned(
    "credentials",
    `${says}; but the clock of ${facts.pod.node} is ${off}, which refuses what pods sign from 300 s on`,
    fixOf("sts-clock-skew"),
    "sts-clock-skew",
  );
}
