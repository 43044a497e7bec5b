import { type ChannelCredentials, type Interceptor, Metadata, type ServiceError } from "@grpc/grpc-js";
import {
  type BrokerClient,
  CONTRACT_REVISION,
  type Contract,
  fromTimestamp,
  type ReportNodeRequest,
  toTimestamp,
  type WatchNodeRequest,
  type WireAssumptionOut,
  type WirePodOut,
} from "@rolecall/proto";
import {
  type Broker,
  BrokerError,
  type FoundPod,
  type NodeReport,
  type ReportAnswer,
} from "../../application/ports/broker.ts";
import { toBrokerError } from "./broker-error.ts";
import { serverNameOptions } from "./channel-options.ts";
import { toOutcome, toViewChange, toViewedPod } from "./wire.ts";

export interface GrpcBrokerOptions {
  readonly contract: Contract;
  /** `HOST:PORT`; a DNS name with several addresses is balanced over all of them. */
  readonly serverAddress: string;
  /** The name the server's certificate must carry, where it is not the host of `serverAddress`. */
  readonly serverName: string | undefined;
  readonly credentials: ChannelCredentials;
  /** Read for each call: kubelet replaces the token before it expires. Undefined where there is none. */
  readonly readToken: () => Promise<string | undefined>;
  readonly nodeName: string;
  readonly agentVersion: string;
  readonly interceptors: Interceptor[];
}

const FIND_DEADLINE_MS = 400;
const REPORT_DEADLINE_MS = 5_000;

const INTERCEPTION_STATES = {
  unknown: "STATE_UNSPECIFIED",
  off: "STATE_OFF",
  "in-place": "STATE_IN_PLACE",
  broken: "STATE_BROKEN",
} as const;

const PROBE_OUTCOMES = {
  unknown: "PROBE_UNSPECIFIED",
  off: "PROBE_OFF",
  arrives: "PROBE_ARRIVES",
  refused: "PROBE_REFUSED",
  "passed-by": "PROBE_PASSED_BY",
  lost: "PROBE_LOST",
  unavailable: "PROBE_UNAVAILABLE",
} as const;

export class GrpcBroker implements Broker {
  readonly #newClient: () => BrokerClient;
  #client: BrokerClient;
  /** Ends each stream that is open, as if the server had. */
  readonly #streams = new Set<() => void>();
  readonly #nodeName: string;
  readonly #agentVersion: string;
  readonly #readToken: GrpcBrokerOptions["readToken"];

  constructor(options: GrpcBrokerOptions) {
    const { contract, serverAddress, serverName, credentials, readToken, nodeName, agentVersion } = options;
    this.#readToken = readToken;
    this.#nodeName = nodeName;
    this.#agentVersion = agentVersion;
    const channelOptions = {
      interceptors: options.interceptors,
      ...serverNameOptions(serverName),
      "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
      // How often to try is follow-node's to say; the channel's own pause would only come on top of it.
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 1_000,
      "grpc.dns_min_time_between_resolutions_ms": 1_000,
      "grpc.keepalive_time_ms": 10_000,
      "grpc.keepalive_timeout_ms": 5_000,
      // The process's pool would hand a new channel the connections of the one before it.
      "grpc.use_local_subchannel_pool": 1,
    };
    this.#newClient = () => new contract.Broker(`dns:${serverAddress}`, credentials, channelOptions);
    this.#client = this.#newClient();
  }

  /** Makes every connection anew, with the TLS material of now. Streams end; calls under way have their time. */
  reconnect(): void {
    const old = this.#client;
    this.#client = this.#newClient();
    for (const end of [...this.#streams]) end();
    setTimeout(() => old.close(), REPORT_DEADLINE_MS).unref();
  }

  async watchNode(...[held, onUpdate, signal]: Parameters<Broker["watchNode"]>): Promise<void> {
    const request: WatchNodeRequest = {
      nodeName: this.#nodeName,
      agentVersion: this.#agentVersion,
      contractRevision: CONTRACT_REVISION,
      held: [...held].map(([assumptionKey, { expiresAtMs }]) => ({
        assumptionKey,
        expiration: toTimestamp(expiresAtMs),
      })),
    };
    const identity = await this.#identity();
    return new Promise((resolve, reject) => {
      const call = this.#client.watchNode(request, identity);
      const cancel = () => call.cancel();
      signal.addEventListener("abort", cancel, { once: true });
      const end = () => {
        resolve();
        call.cancel();
      };
      this.#streams.add(end);
      const ended = (settle: () => void) => {
        signal.removeEventListener("abort", cancel);
        this.#streams.delete(end);
        settle();
      };
      call.on("data", (update) => {
        onUpdate({
          generation: update.generation,
          change: toViewChange(update),
          serverVersion: update.snapshot?.serverVersion,
        });
      });
      call.on("end", () => ended(resolve));
      call.on("error", (error: ServiceError) =>
        ended(() => (signal.aborted ? resolve() : reject(toBrokerError(error)))),
      );
      if (signal.aborted) cancel();
    });
  }

  async findPod({ uid, namespace, name }: Parameters<Broker["findPod"]>[0]): Promise<FoundPod> {
    const request = { nodeName: this.#nodeName, podUid: uid, namespace, name };
    const identity = await this.#identity();
    return new Promise((resolve, reject) => {
      this.#client.getPodCredentials(
        request,
        identity,
        { deadline: Date.now() + FIND_DEADLINE_MS },
        (error, response) => {
          if (error) reject(toBrokerError(error));
          else if (response?.pod) resolve(toFoundPod(response.pod, response.assumption));
          else reject(new BrokerError("answer-empty", "the server answered without a pod"));
        },
      );
    });
  }

  async report(report: NodeReport, signal: AbortSignal): Promise<ReportAnswer> {
    const request: ReportNodeRequest = {
      nodeName: this.#nodeName,
      agentVersion: this.#agentVersion,
      viewGeneration: report.viewGeneration,
      podsWithAddress: report.podsWithAddress,
      interception: {
        state: INTERCEPTION_STATES[report.interception],
        interceptedConnections: report.interceptedConnections,
        refusedPackets: report.refusedPackets,
        probe: PROBE_OUTCOMES[report.probe],
      },
    };
    const identity = await this.#identity();
    return new Promise((resolve, reject) => {
      const cancel = () => call.cancel();
      const call = this.#client.reportNode(
        request,
        identity,
        { deadline: Date.now() + REPORT_DEADLINE_MS },
        (error, response) => {
          signal.removeEventListener("abort", cancel);
          if (error) reject(toBrokerError(error));
          else resolve({ awsNowMs: response?.now ? fromTimestamp(response.now) : undefined });
        },
      );
      signal.addEventListener("abort", cancel, { once: true });
      if (signal.aborted) cancel();
    });
  }

  async #identity(): Promise<Metadata> {
    const metadata = new Metadata();
    const token = await this.#readToken();
    if (token) metadata.set("authorization", `Bearer ${token}`);
    return metadata;
  }

  close(): void {
    this.#client.close();
  }
}

function toFoundPod(pod: WirePodOut, assumption: WireAssumptionOut | null): FoundPod {
  const outcome = assumption && toOutcome(assumption);
  return { pod: toViewedPod(pod), assumption: outcome ? { key: assumption.key, outcome } : undefined };
}
