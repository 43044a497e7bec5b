import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import { commonInterface, type HostInterface, includesInterface } from "../domain/interception/host-interface.ts";
import type { PodRoutes } from "./ports/pod-routes.ts";

export interface CheckHostInterfaceOptions {
  readonly hostInterface: HostInterface;
  /** Addresses of the node's pods. */
  readonly podAddresses: () => readonly string[];
  readonly routes: PodRoutes;
  /** Hears what is wrong, or undefined. */
  readonly report: (problem: string | undefined) => void;
  readonly logger: Logger;
  readonly clock: Clock;
}

const INTERVAL_MS = 10_000;
/** Pods of one node are attached alike; a few tell for all. */
const SAMPLE = 5;

/**
 * Holds `--host-interface` against the interfaces that pods are really behind: one that matches none of them intercepts
 * nobody, and kiam and kube2iam left that to be found out by programs that had the node's role, or none.
 */
export function checkHostInterface({ logger, clock, report, ...facts }: CheckHostInterfaceOptions): Task {
  return async (signal) => {
    let told: string | undefined;
    while (!signal.aborted) {
      const problem = await problemOf(facts);
      report(problem);
      if (problem !== undefined && problem !== told) logger.error({ flag: "--host-interface" }, problem);
      if (problem === undefined && told !== undefined) logger.info("--host-interface includes pods of this node again");
      told = problem;
      await sleep(clock, INTERVAL_MS, signal);
    }
  };
}

async function problemOf({
  hostInterface,
  podAddresses,
  routes,
}: Pick<CheckHostInterfaceOptions, "hostInterface" | "podAddresses" | "routes">): Promise<string | undefined> {
  const addresses = podAddresses().slice(0, SAMPLE);
  const found = await Promise.all(addresses.map((address) => routes.interfaceTo(address)));
  const names = found.flatMap((name) => name ?? []);
  if (names.length === 0 || names.some((name) => includesInterface(hostInterface, name))) return undefined;
  const { negated, pattern } = hostInterface;
  const common = commonInterface(names);
  const cure = common === undefined ? "leave it away" : `set it to ${common}, or better leave it away`;
  return `--host-interface ${negated ? "!" : ""}${pattern} matches no interface of a pod of this node, so no pod is answered (${addresses[0]} is behind ${names[0]}): ${cure} (chart value interception.hostInterface)`;
}
