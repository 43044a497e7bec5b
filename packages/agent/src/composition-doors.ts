import type { AddressInfo } from "node:net";
import { runAfter, runTogether, type Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import { type MetadataServerOptions, metadataServer } from "./adapters/http/metadata-server.ts";
import type { AnnounceAgent } from "./application/announce-agent.ts";
import { answerContainerCredentials } from "./application/answer-container-credentials.ts";
import { answerMetadata } from "./application/answer-metadata.ts";
import { answerSelfProbe } from "./application/answer-self-probe.ts";
import type { MetadataRecorder } from "./application/ports/metadata-recorder.ts";
import type { NodeMetadata } from "./application/ports/node-metadata.ts";
import type { PodStandings } from "./application/ports/pod-standings.ts";
import type { AgentConfig } from "./config.ts";
import { DEFAULT_LEAVES, metadataCatalogue, parseAllowedLeaf } from "./domain/imds/allow-list.ts";
import { CONTAINER_HOSTS } from "./domain/imds/container-credentials.ts";
import { hostAllowList } from "./domain/imds/request-hygiene.ts";
import { SessionTokens, type TokenMacs } from "./domain/imds/session-token.ts";

export interface DoorsListening {
  readonly onMetadataListening?: (address: AddressInfo) => void;
  readonly onContainerListening?: (address: AddressInfo) => void;
}

export interface MetadataDoorsOptions {
  readonly config: AgentConfig;
  /** Names this run of the agent. */
  readonly instance: string;
  readonly standings: PodStandings;
  readonly nodeMetadata: NodeMetadata;
  readonly macs: TokenMacs;
  readonly isNodeAddress: (address: string) => boolean;
  readonly announce: AnnounceAgent;
  readonly listening: DoorsListening;
  readonly keepAliveMs: number;
  readonly recorder: MetadataRecorder;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The places where pods' requests come in: the metadata service by IPv4 and IPv6, and container credentials. */
export function metadataDoors(options: MetadataDoorsOptions): Task {
  const { config, standings, clock, recorder, log, keepAliveMs, announce, listening } = options;
  const asked = { standings, clock };
  const extraLeaves = config.imdsAllow
    .map(parseAllowedLeaf)
    .flatMap((leaf) => (leaf.kind === "allowed" ? [leaf.path] : []));
  const answer = answerMetadata({
    ...asked,
    nodeMetadata: options.nodeMetadata,
    catalogue: metadataCatalogue([...DEFAULT_LEAVES, ...extraLeaves]),
    hosts: hostAllowList(config.metadataHosts),
    tokens: config.imdsTokens,
    tokensByNamespace: config.imdsTokensByNamespace,
    sessionTokens: new SessionTokens(options.macs),
  });
  const served = { recorder, monotonicMs: () => performance.now(), log, keepAliveMs };
  const portOfMetadata = Promise.withResolvers<number>();
  const doors = [
    metadataServer({
      ...served,
      address: config.metadataAddress,
      flag: "--metadata-address",
      orAnyPort: config.interception,
      answer: answerSelfProbe(options.instance, answer),
      onListening(bound) {
        portOfMetadata.resolve(bound.port);
        announce.progress({ port: bound.port });
        listening.onMetadataListening?.(bound);
      },
    }),
  ];
  if (config.metadataAddress6 !== undefined) {
    const door = { ...served, host: config.metadataAddress6, answer };
    // Where the rules of IPv4 lead, those of IPv6 do.
    const open: Task = async (signal) => doorForIpv6(door, await portOfMetadata.promise, options.isNodeAddress)(signal);
    doors.push(runAfter(portOfMetadata.promise, open));
  }
  if (config.containerCredentials) {
    doors.push(
      metadataServer({
        ...served,
        address: { host: config.metadataAddress.host, port: config.containerPort },
        flag: "--container-port",
        orAnyPort: config.interception,
        answer: answerContainerCredentials({ ...asked, hosts: hostAllowList(config.metadataHosts, CONTAINER_HOSTS) }),
        onListening(bound) {
          announce.progress({ containerPort: bound.port });
          listening.onContainerListening?.(bound);
        },
      }),
    );
  }
  return (signal) => runTogether(signal, doors);
}

type DoorForIpv6 = Pick<MetadataServerOptions, "recorder" | "monotonicMs" | "log" | "answer" | "keepAliveMs"> & {
  readonly host: string;
};

function doorForIpv6(
  { host, ...served }: DoorForIpv6,
  port: number,
  isNodeAddress: (address: string) => boolean,
): Task {
  if (isNodeAddress(host)) return metadataServer({ ...served, address: { host, port }, flag: "--metadata-address6" });
  return async () => served.log.warn({ address: host }, "this node has no such address, so no request comes by IPv6");
}
