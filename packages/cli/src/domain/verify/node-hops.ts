import type { AgentReport } from "@rolecall/server/domain/fleet/fleet-report";
import { feedingReport, type PodFacts, reportsOf } from "./facts.ts";
import { failed, type Hop, passed, unknown } from "./hop.ts";
import { isAlive, noServer } from "./server-hops.ts";

export function feedHop(facts: PodFacts): Hop {
  const { pod, agent, servers } = facts;
  if (pod?.node === undefined) {
    return failed("node feed", "the pod is on no node yet", "See why it is not scheduled: kubectl describe pod.");
  }
  const reports = reportsOf(facts);
  const { feed, report } = feedingReport(facts) ?? {};
  if (feed) {
    const applied = report ? `, of which the agent has applied ${report.viewGeneration} by ${report.at}` : "";
    return passed(
      "node feed",
      `the agent of ${pod.node} is connected; ${feed.sentGeneration} updates were sent${applied}`,
    );
  }
  if (!agent) {
    return failed(
      "node feed",
      `no agent runs on ${pod.node}`,
      "Look at the DaemonSet and the node's labels and taints: kubectl get daemonset, kubectl describe node. Pods on the servers' own nodes and on Fargate have none.",
    );
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
  return failed(
    "node feed",
    `the agent ${agent.name} is connected to no server`,
    `See its log: kubectl logs ${agent.name}. Most often it is the way to port 9610, or a certificate.`,
  );
}

export function interceptionHop(facts: PodFacts): Hop {
  const { report } = feedingReport(facts) ?? {};
  switch (report?.interception) {
    case "in-place":
      return probeHop(report);
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
function probeHop({ probe, at }: AgentReport): Hop {
  const trouble = PROBE_TROUBLE[probe];
  if (trouble === undefined) {
    const proof = probe === "arrives" ? ", and the node's own probe came by them to the agent" : "";
    return passed("interception", `the rules are in place${proof}, as the agent said at ${at}`);
  }
  return failed("interception", `the rules are in place, but ${trouble}`, PROBE_FIX);
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
  return passed(
    "credentials",
    `an SDK in the pod (${facts.pod.ips.join(", ")}) is given ${assumption.roleArn} as ${assumption.sessionName}`,
  );
}
