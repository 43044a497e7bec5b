import { runTogether, type Task } from "@rolecall/common/lifecycle/run-together";
import { grpcMetrics } from "@rolecall/common/telemetry/grpc-metrics";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import type { RemoteClock } from "@rolecall/common/time/remote-clock";
import { clientCredentials, type JudgeServer } from "@rolecall/common/tls/grpc-credentials";
import type { TlsMaterialSource } from "@rolecall/common/tls/tls-material-source";
import { VERSION } from "@rolecall/common/version";
import type { Contract } from "@rolecall/proto";
import type { Registry } from "prom-client";
import { timeCalls } from "./adapters/broker/call-timing.ts";
import { limitConnectionAge } from "./adapters/broker/connection-age.ts";
import { GrpcBroker } from "./adapters/broker/grpc-broker.ts";
import { GrpcOtherServers } from "./adapters/broker/grpc-other-servers.ts";
import type { LookupServers } from "./adapters/broker/server-channel.ts";
import { FeedMetrics } from "./adapters/telemetry/feed-metrics.ts";
import { askForPods } from "./application/ask-for-pods.ts";
import { askOtherServers } from "./application/ask-other-servers.ts";
import { FollowNode } from "./application/follow-node.ts";
import type { NodeReport } from "./application/ports/broker.ts";
import { reportNode } from "./application/report-node.ts";
import type { AgentConfig } from "./config.ts";
import type { PodAddresses } from "./domain/address/pod-addresses.ts";
import type { NodeView } from "./domain/credentials/node-view.ts";

export interface ServerLinksOptions {
  readonly config: AgentConfig;
  readonly contract: Contract;
  readonly tls: TlsMaterialSource;
  readonly judgeServer: JudgeServer;
  readonly readToken: () => Promise<string | undefined>;
  /** Finds the addresses of the servers' name; the system's when absent. */
  readonly lookup: LookupServers | undefined;
  readonly view: NodeView;
  readonly addresses: PodAddresses;
  readonly onFailure: (ending: string) => void;
  readonly currentReport: () => NodeReport;
  readonly registry: Registry;
  readonly awsClock: RemoteClock;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

export interface ServerLinks {
  readonly feed: Pick<FollowNode, "state" | "staleSinceMs">;
  readonly run: Task;
  /** Makes every connection anew, with the TLS material of now. */
  reconnect(): void;
  close(): void;
}

/** Everything that this node asks of the servers and hears from them. */
export function serverLinks(options: ServerLinksOptions): ServerLinks {
  const { config, view, addresses, awsClock, clock, random, log, lookup, registry } = options;
  const recordCall = grpcMetrics(
    registry,
    "rolecall_agent",
    "Calls to the servers until their status, streams until their first message",
  );
  const recorder = new FeedMetrics(registry);
  const toServers = {
    contract: options.contract,
    serverAddress: config.serverAddress,
    random,
    serverName: config.serverName,
    credentials: clientCredentials(options.tls, options.judgeServer),
    readToken: options.readToken,
    nodeName: config.nodeName ?? "",
    interceptors: [timeCalls(recordCall)],
    ...(lookup && { lookup }),
  };
  const broker = new GrpcBroker({ ...toServers, agentVersion: VERSION });
  const others = new GrpcOtherServers({ ...toServers, clock, feedingPeer: () => broker.feedingPeer });
  const { onFailure } = options;
  const feed = new FollowNode({ broker, view, clock: awsClock, random, recorder, onFailure, log });
  return {
    feed,
    run: (signal) =>
      runTogether(signal, [
        limitConnectionAge({ broker, maxAgeMs: config.maxConnectionAge, clock, random }),
        feed.run,
        askForPods({ broker, view, addresses, clock: awsClock, random, recorder, log }),
        askOtherServers({ others, view, clock: awsClock, random, recorder, log }),
        reportNode({ broker, current: options.currentReport, awsClock, clock, log }),
      ]),
    reconnect: () => broker.reconnect(),
    close() {
      broker.close();
      others.rest();
    },
  };
}
