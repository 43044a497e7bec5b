import type { AgentReport } from "@rolecall/server/domain/fleet/fleet-report";
import type { PodReport, TriedAssumption } from "@rolecall/server/domain/fleet/pod-report";
import type { Namespace } from "@rolecall/server/domain/namespace/namespace";
import type { Pod } from "@rolecall/server/domain/pod/pod";
import type { Answer } from "../fleet/answer.ts";
import type { ReleasePod } from "../fleet/release.ts";

/** What is known of one pod before anything is concluded. */
export interface PodFacts {
  readonly ref: string;
  /** As the API server has it; undefined where there is none. */
  readonly pod: Pod | undefined;
  readonly namespace: Namespace | undefined;
  /** One for each server that was asked. */
  readonly servers: readonly Answer<PodReport>[];
  /** The agent's pod on the pod's node; undefined where there is none or the pod has no node. */
  readonly agent: ReleasePod | undefined;
  /** What came of asking STS just now, where that was wanted. */
  readonly tried: TriedAssumption | undefined;
  /** By the clock of whoever asks, milliseconds since 1970. */
  readonly nowMs: number;
}

export const reportsOf = ({ servers }: Pick<PodFacts, "servers">): readonly PodReport[] =>
  servers.flatMap((answer) => (answer.kind === "answered" ? [answer.report] : []));

/** The server that feeds the pod's node, and whose word on its credentials counts; else any that answered. */
export const feedingReport = (facts: Pick<PodFacts, "servers">): PodReport | undefined => {
  const reports = reportsOf(facts);
  return reports.find(({ feed }) => feed) ?? reports.find(({ assumption }) => assumption) ?? reports[0];
};

/** What the agent of the pod's node said last, to whichever of the servers its turn was. */
export const agentReportOf = (facts: Pick<PodFacts, "servers">): AgentReport | undefined =>
  reportsOf(facts)
    .flatMap(({ report }) => report ?? [])
    .toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at))[0];
