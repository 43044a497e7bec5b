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
}

export const reportsOf = ({ servers }: Pick<PodFacts, "servers">): readonly PodReport[] =>
  servers.flatMap((answer) => (answer.kind === "answered" ? [answer.report] : []));

/** The server that feeds the pod's node, and whose word on its credentials counts; else any that answered. */
export const feedingReport = (facts: Pick<PodFacts, "servers">): PodReport | undefined => {
  const reports = reportsOf(facts);
  return reports.find(({ feed }) => feed) ?? reports.find(({ assumption }) => assumption) ?? reports[0];
};
