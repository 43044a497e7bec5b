import type { AssumptionStatus } from "@rolecall/server/domain/fleet/fleet-report";
import { clockTrouble } from "../clock/clock-trouble.ts";
import { fixOf, trustStatement } from "./advice.ts";
import { feedingReport, type PodFacts, reportsOf } from "./facts.ts";
import { failed, type Hop, passed, unknown, warned } from "./hop.ts";

/** That the servers have credentials, and whether they sign by a clock that will cost them. */
export function trustHop(facts: PodFacts): Hop {
  const hop = credentialsOfServers(facts);
  const off = reportsOf(facts).flatMap(({ server: { name, clockAheadSeconds } }) => {
    const trouble = clockTrouble(clockAheadSeconds);
    return trouble === undefined ? [] : `the clock of the server ${name} is ${trouble}`;
  });
  if (hop.outcome !== "passed" || off.length === 0) return hop;
  return warned("trust", `${hop.says}, but ${off.join(", ")}`, fixOf("sts-clock-skew"), "sts-clock-skew");
}

function credentialsOfServers(facts: PodFacts): Hop {
  const { tried } = facts;
  if (tried?.kind === "credentials") return passed("trust", `STS gave credentials just now, until ${tried.expiresAt}`);
  if (tried?.kind === "failed") return untrusted(facts, tried.reason, tried.detail);
  const { assumption } = feedingReport(facts) ?? {};
  if (!assumption) return unknown("trust", unaskedFor(facts));
  if (assumption.failure && !isAlive(assumption)) {
    return untrusted(facts, assumption.failure.reason, assumption.failure.detail, assumption.dueAt);
  }
  if (assumption.failure) {
    const { reason, detail } = assumption.failure;
    return warned(
      "trust",
      `the credentials live until ${assumption.expiresAt}, but the last refresh failed: ${reason}: ${detail}`,
      fixOf(reason),
      reason,
    );
  }
  if (isAlive(assumption)) return passed("trust", `the servers hold credentials until ${assumption.expiresAt}`);
  return unknown("trust", "STS has not answered yet: try again in a few seconds");
}

/** Whether there are credentials to hand out. */
export const isAlive = ({ state }: AssumptionStatus) =>
  state === "fresh" || state === "refreshing" || state === "stale";

function untrusted(facts: PodFacts, reason: Parameters<typeof fixOf>[0], detail: string, dueAt?: string): Hop {
  const { server, assumption } = feedingReport(facts) ?? {};
  const hasExternalId = assumption?.hasExternalId ?? facts.pod?.annotations.externalId !== undefined;
  const statement =
    reason === "sts-access-denied" && server?.callerArn
      ? ` The role's trust policy needs ${JSON.stringify(trustStatement(server.callerArn, { hasExternalId, tagsSessions: server.tagsSessions }))}.`
      : "";
  const next = dueAt === undefined ? "" : ` STS is asked again at ${dueAt}, or now with --try.`;
  return failed("trust", `STS gives no credentials: ${detail}`, `${fixOf(reason)}.${statement}${next}`, reason);
}

function unaskedFor(facts: PodFacts): string {
  const reports = reportsOf(facts);
  if (reports.length === 0) return noServer(facts);
  if (facts.pod?.node === undefined) return "STS is asked when the pod is bound to a node";
  return "no server has asked STS yet, as none feeds the pod's node";
}

/** Why no server's word is at hand. */
export function noServer({ servers }: Pick<PodFacts, "servers">): string {
  const whys = servers.flatMap((answer) => (answer.kind === "unreachable" ? [`${answer.server}: ${answer.why}`] : []));
  return whys.length === 0 ? "there is no server to ask" : `no server could be asked (${whys.join("; ")})`;
}

export function grantHop(facts: PodFacts): Hop {
  const reports = reportsOf(facts);
  if (reports.length === 0) return unknown("grant", noServer(facts));
  for (const { server, pod, verdict } of reports) {
    if (!server.serving) {
      const problems = Object.entries(server.problems).map(([check, problem]) => `${check}: ${problem}`);
      const says = `the server ${server.name} does not serve yet: ${problems.join("; ")}`;
      return server.problems["rbac"] === undefined
        ? failed("grant", says, "Cure what it names.")
        : failed("grant", says, fixOf("rights-missing"), "rights-missing");
    }
    if (pod?.uid !== facts.pod?.uid) {
      return failed(
        "grant",
        `the server ${server.name} has not learned of this pod, so its watch lags or is broken`,
        "See rolecall_server_watch_stale_seconds and the server's log, and whether it reaches the Kubernetes API.",
      );
    }
    if (verdict?.kind === "denied") return failed("grant", verdict.detail, fixOf(verdict.reason), verdict.reason);
    if (verdict?.kind === "none") {
      return failed(
        "grant",
        `the server ${server.name} knows the pod without its annotation`,
        "Try again: its watch lags.",
      );
    }
  }
  return passed("grant", `granted by ${reports.map(({ server }) => server.name).join(", ")}`);
}
