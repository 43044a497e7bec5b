import type { FleetReport } from "@rolecall/server/domain/fleet/fleet-report";
import type { PodReport, TriedAssumption } from "@rolecall/server/domain/fleet/pod-report";
import type { Answer } from "../../domain/fleet/answer.ts";

/** The servers' local APIs. None rejects: a server that cannot be reached says so in its place. */
export interface Servers {
  fleets(): Promise<readonly Answer<FleetReport>[]>;
  pod(namespace: string, name: string): Promise<readonly Answer<PodReport>[]>;
  /** Has one server, the name of an answer, ask STS now. */
  tryAssumption(server: string, namespace: string, name: string): Promise<Answer<TriedAssumption>>;
}
