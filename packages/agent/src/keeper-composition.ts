import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { runTogether, type Task } from "@rolecall/common/lifecycle/run-together";
import { createLogger, type LeveledLogger, type Logger } from "@rolecall/common/telemetry/logger";
import { type Clock, systemClock } from "@rolecall/common/time/clock";
import { VERSION } from "@rolecall/common/version";
import { CniResultsDirectory } from "./adapters/cni/cni-results-directory.ts";
import { exchange } from "./adapters/exchange/exchange.ts";
import { kernelRoutes } from "./adapters/netfilter/kernel-routes.ts";
import { LoopbackAddresses } from "./adapters/netfilter/loopback-addresses.ts";
import { NodeNetfilter } from "./adapters/netfilter/node-netfilter.ts";
import { ProbeVeth } from "./adapters/netfilter/probe-veth.ts";
import { runProgram } from "./adapters/netfilter/run-program.ts";
import { fullCollection } from "./adapters/node/full-collection.ts";
import { regularCollection } from "./adapters/node/regular-collection.ts";
import { OwnerFiles } from "./adapters/ownership/owner-files.ts";
import { makeSharedDirectory, removeDirectory } from "./adapters/ownership/shared-directory.ts";
import { SocketProbeRequests } from "./adapters/probe/socket-probe-requests.ts";
import { TcpProbe } from "./adapters/probe/tcp-probe.ts";
import { checkHostInterface } from "./application/check-host-interface.ts";
import { HandOver } from "./application/hand-over.ts";
import { installGuard } from "./application/install-guard.ts";
import { InterceptionLedger } from "./application/interception-ledger.ts";
import { keepRules } from "./application/keep-rules.ts";
import { openedOnce } from "./application/opened-once.ts";
import { probeWay } from "./application/probe-way.ts";
import { publishAddresses } from "./application/publish-addresses.ts";
import { removeAll } from "./application/remove-rules.ts";
import { SelfProbe } from "./application/self-probe.ts";
import { watchAgent } from "./application/watch-agent.ts";
import { parseHostInterface } from "./domain/interception/host-interface.ts";
import type { KeptRules } from "./domain/interception/rules.ts";
import type { KeeperConfig } from "./keeper-config.ts";

export interface KeeperEdges {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

export const realKeeperEdges = (config: KeeperConfig): KeeperEdges & { readonly log: LeveledLogger } => ({
  clock: systemClock,
  random: Math.random,
  log: createLogger("keeper", config.logLevel),
});

/**
 * Builds the keeper from its settings: the one process of ours with rights over the node. It opens no port and reads
 * nothing that a pod sent.
 *
 * @returns what runs it until the signal aborts
 */
export function createKeeper(config: KeeperConfig, edges: KeeperEdges = realKeeperEdges(config)): Task {
  const { clock, random, log } = edges;
  const keeper = randomUUID();
  const shared = exchange(config.exchangeDir, clock, log);
  let podAddresses: readonly string[] = [];
  const tasks: Task[] = [
    publishAddresses({
      keeper,
      results: new CniResultsDirectory({ directory: config.cniResults, clock }),
      board: {
        publish(report) {
          podAddresses = report.results.flatMap(({ ips }) => ips);
          shared.addresses.publish(report);
        },
      },
      logger: log,
      clock,
    }),
  ];
  if (config.interception) {
    const probe = new TcpProbe(config.alias);
    const handOver = new HandOver({
      targets: shared.target,
      ownership: new OwnerFiles(ownerDirectory(config)),
      probe,
      logger: log,
      clock,
    });
    const recorder = new InterceptionLedger({
      keeper,
      board: shared.interception,
      nowMs: clock.nowMs,
      standsBy: () => handOver.standsBy,
      selfProbe: config.selfProbe,
    });
    const { netfilter, aliases, rules } = ruleParts(config);
    const selfProbe = config.selfProbe
      ? new SelfProbe({
          way: probeWay(netfilter, new ProbeVeth(runProgram)),
          requests: new SocketProbeRequests({ isAgent: (instance) => handOver.leadsTo(instance) }),
          recorder,
          logger: log,
        })
      : undefined;
    if (selfProbe) tasks.push(selfProbe.run);
    if (rules.hostInterface)
      tasks.push(
        checkHostInterface({
          hostInterface: rules.hostInterface,
          podAddresses: () => podAddresses,
          routes: kernelRoutes(runProgram),
          report: (problem) => recorder.hostInterfaceChecked(problem),
          logger: log,
          clock,
        }),
      );
    tasks.push(
      handOver.run,
      keepRules({
        netfilter,
        aliases,
        rules,
        lead: handOver,
        recorder,
        logger: log,
        clock,
        random,
        // A keeper that stands by would probe the way to another's agent.
        onPass: (leadsTo) => leadsTo !== undefined && selfProbe?.request(),
      }),
      watchAgent({ targets: shared.target, probe, stuck: shared.stuck, logger: log, clock }),
    );
  }
  const collect = fullCollection();
  if (collect) tasks.push(regularCollection(clock, collect));
  return async (signal) => {
    log.info({ version: VERSION }, "the keeper starts");
    await runTogether(signal, tasks);
    log.info("the keeper has stopped");
  };
}

/**
 * Makes the node ready for its agent and ends: for an init container. Sets the guard, so that pods are refused from before
 * the agent first runs.
 */
export async function prepareNode(config: KeeperConfig): Promise<void> {
  makeSharedDirectory(agentDirectory(config));
  if (config.interception) await installGuard(new NodeNetfilter(runProgram), realKeeperEdges(config).log);
}

/** Takes everything of ours from the node and ends: for an uninstall. Pods reach the node's own metadata from then on. */
export async function cleanUp(config: KeeperConfig): Promise<void> {
  const { netfilter, aliases, rules } = ruleParts(config);
  await removeAll({ netfilter, aliases, link: new ProbeVeth(runProgram) }, rules, realKeeperEdges(config).log);
  for (const directory of [ownerDirectory(config), agentDirectory(config)]) removeDirectory(directory);
}

/** Whose agent the rules lead to, for the keepers alone. */
const ownerDirectory = ({ stateDir }: KeeperConfig): string => join(stateDir, "owner");
/** Where the agent keeps what outlives it. */
const agentDirectory = ({ stateDir }: KeeperConfig): string => join(stateDir, "agent");

function ruleParts({ alias, alias6, hostInterface }: KeeperConfig) {
  const rules: KeptRules = {
    alias,
    alias6,
    hostInterface: hostInterface === undefined ? undefined : parseHostInterface(hostInterface),
  };
  return { netfilter: openedOnce(new NodeNetfilter(runProgram)), aliases: new LoopbackAddresses(runProgram), rules };
}
