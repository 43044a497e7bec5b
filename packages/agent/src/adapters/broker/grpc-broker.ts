import type { Metadata, ServiceError } from "@grpc/grpc-js";
import { errorMessage } from "@rolecall/common/errors/error-message";
import {
  type BrokerClient,
  CONTRACT_REVISION,
  fromTimestamp,
  type ReportNodeRequest,
  toTimestamp,
  type WatchNodeRequest,
} from "@rolecall/proto";
import {
  type Broker,
  BrokerError,
  type FoundPod,
  type NodeReport,
  type ReportAnswer,
} from "../../application/ports/broker.ts";
import { toBrokerError } from "./broker-error.ts";
import { callerIdentity } from "./caller-identity.ts";
import { getPodCredentials } from "./get-pod-credentials.ts";
import { connectToAnyServer, type ServerChannelOptions } from "./server-channel.ts";
import { toViewChange } from "./wire.ts";

export interface GrpcBrokerOptions extends ServerChannelOptions {
  /** Read for each call: kubelet replaces the token before it expires. Undefined where there is none. */
  readonly readToken: () => Promise<string | undefined>;
  readonly nodeName: string;
  readonly agentVersion: string;
  /** A stream that brings nothing for so long is given up; {@link OPEN_DEADLINE_MS} when absent. */
  readonly openDeadlineMs?: number;
}

type OnUpdate = Parameters<Broker["watchNode"]>[1];

/**
 * Within this time a stream must have brought its snapshot. An address whose machine is gone is otherwise dialled for two
 * minutes, while the name already leads to the server that replaced it.
 */
const OPEN_DEADLINE_MS = 5_000;
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
  readonly #options: GrpcBrokerOptions;
  #client: Promise<BrokerClient> | undefined;
  /** Ends each stream that is open, as if the server had. */
  readonly #streams = new Set<() => void>();
  #feedingPeer: string | undefined;

  constructor(options: GrpcBrokerOptions) {
    this.#options = options;
  }

  /** `ADDRESS:PORT` of the server that feeds this node; undefined while none does. */
  get feedingPeer(): string | undefined {
    return this.#feedingPeer;
  }

  /** Makes every connection anew, with the TLS material of now. Streams end; calls under way have their time. */
  reconnect(): void {
    this.#retire();
    for (const end of [...this.#streams]) end();
  }

  async watchNode(...[held, onUpdate, signal]: Parameters<Broker["watchNode"]>): Promise<void> {
    const request: WatchNodeRequest = {
      nodeName: this.#options.nodeName,
      agentVersion: this.#options.agentVersion,
      contractRevision: CONTRACT_REVISION,
      held: [...held].map(([assumptionKey, { expiresAtMs }]) => ({
        assumptionKey,
        expiration: toTimestamp(expiresAtMs),
      })),
    };
    try {
      const [client, identity] = await Promise.all([this.#connected(), this.#identity()]);
      await this.#follow(client.watchNode(request, identity), onUpdate, signal);
    } finally {
      // The next stream may go to another server, which this one's end may be about.
      this.#retire();
    }
  }

  /** Resolves when the server ends the stream or the signal aborts. @throws BrokerError */
  #follow(call: ReturnType<BrokerClient["watchNode"]>, onUpdate: OnUpdate, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const cancel = () => call.cancel();
    const end = () => {
      resolve();
      cancel();
    };
    this.#streams.add(end);
    const openTimer = setTimeout(() => {
      reject(new BrokerError("open-timed-out", "no server sent anything in time; looking for one anew"));
      cancel();
    }, this.#options.openDeadlineMs ?? OPEN_DEADLINE_MS);
    call.on("data", (update) => {
      clearTimeout(openTimer);
      this.#feedingPeer = call.getPeer();
      onUpdate({
        generation: update.generation,
        change: toViewChange(update),
        serverVersion: update.snapshot?.serverVersion,
      });
    });
    call.on("end", resolve);
    call.on("error", (error: ServiceError) => (signal.aborted ? resolve() : reject(toBrokerError(error))));
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
    return promise.finally(() => {
      this.#streams.delete(end);
      this.#feedingPeer = undefined;
      clearTimeout(openTimer);
      signal.removeEventListener("abort", cancel);
    });
  }

  async findPod({ uid, namespace, name }: Parameters<Broker["findPod"]>[0]): Promise<FoundPod> {
    const request = { nodeName: this.#options.nodeName, podUid: uid, namespace, name };
    const [client, identity] = await Promise.all([this.#connected(), this.#identity()]);
    return getPodCredentials(client, request, identity, FIND_DEADLINE_MS);
  }

  async report(report: NodeReport, signal: AbortSignal): Promise<ReportAnswer> {
    const { drift, certificate, clockAheadSeconds } = report;
    const request: ReportNodeRequest = {
      nodeName: this.#options.nodeName,
      agentVersion: this.#options.agentVersion,
      viewGeneration: report.viewGeneration,
      podsWithAddress: report.podsWithAddress,
      interception: {
        state: INTERCEPTION_STATES[report.interception],
        interceptedConnections: report.interceptedConnections,
        refusedPackets: report.refusedPackets,
        probe: PROBE_OUTCOMES[report.probe],
        ...(drift && { drift: { times: drift.times, secondsSinceLast: drift.secondsSinceLast } }),
      },
      ...(certificate && {
        certificate: {
          notBefore: toTimestamp(certificate.notBeforeMs),
          notAfter: toTimestamp(certificate.notAfterMs),
        },
      }),
      ...(clockAheadSeconds !== undefined && { clockAheadSeconds }),
    };
    const [client, identity] = await Promise.all([this.#connected(), this.#identity()]);
    return new Promise((resolve, reject) => {
      const cancel = () => call.cancel();
      const call = client.reportNode(
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

  /** The channel that all calls share until a stream ends. @throws BrokerError */
  #connected(): Promise<BrokerClient> {
    this.#client ??= connectToAnyServer(this.#options).catch((error: unknown) => {
      this.#client = undefined;
      throw new BrokerError("name-not-resolved", `--server-address: ${errorMessage(error)}`, { cause: error });
    });
    return this.#client;
  }

  #identity(): Promise<Metadata> {
    return callerIdentity(this.#options.readToken);
  }

  /** Lets go of the channel once its calls under way have had their time; the next call makes a new one. */
  #retire(): void {
    const client = this.#client;
    this.#client = undefined;
    if (client) setTimeout(() => endChannel(client), REPORT_DEADLINE_MS).unref();
  }

  close(): void {
    if (this.#client) endChannel(this.#client);
  }
}

const endChannel = (client: Promise<BrokerClient>): void =>
  void client.then(
    (open) => open.close(),
    () => {},
  );
