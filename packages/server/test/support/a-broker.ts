import type { ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import { Announcement } from "@rolecall/common/lifecycle/announcement";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { systemClock } from "@rolecall/common/time/clock";
import { RemoteClock } from "@rolecall/common/time/remote-clock";
import { clientCredentials } from "@rolecall/common/tls/grpc-credentials";
import {
  type BrokerClient,
  loadContract,
  type NodeUpdate__Output,
  REASON_TRAILER,
  sourceProtoDirectory,
} from "@rolecall/proto";
import { createAuthority } from "@rolecall/sandbox/certs/authority";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { Condition } from "@rolecall/sandbox/control/condition";
import { type BrokerServerOptions, brokerServer } from "../../src/adapters/grpc/broker-server.ts";
import { type BrokerServiceOptions, brokerService } from "../../src/adapters/grpc/broker-service.ts";
import type { PeerListener } from "../../src/adapters/grpc/peer-listener.ts";
import { AgentIdentities } from "../../src/application/agent-identities.ts";
import { NO_AUDIT } from "../../src/application/audit-hand-outs.ts";
import { CredentialStore } from "../../src/application/credential-store.ts";
import { FindPodCredentials } from "../../src/application/find-pod-credentials.ts";
import { OpenFeeds } from "../../src/application/fleet/open-feeds.ts";
import type { IdentifiedNode } from "../../src/application/identify-node.ts";
import { NodeFeed } from "../../src/application/node-feed.ts";
import { PeerAudit } from "../../src/application/peer-audit.ts";
import { NamespaceInventory } from "../../src/domain/namespace/namespace-inventory.ts";
import type { AgentIdentity } from "../../src/domain/node/attestation.ts";
import { PodInventory } from "../../src/domain/pod/pod-inventory.ts";
import { FakeSts, queueOf } from "./fake-sts.ts";
import { anAssumption, aPod } from "./makers.ts";
import { judge, tlsOf } from "./peer-tls.ts";

const contract = loadContract(sourceProtoDirectory());

const reasonOf = (error: ServiceError): string => String(error.metadata.get(REASON_TRAILER)[0] ?? "cut off");

/** What an agent hears of its feed. */
export class HeardFeed {
  readonly updates: NodeUpdate__Output[] = [];
  /** The reason that it ended for; `closed` where none was given, `cut off` where the server said nothing. */
  ended: string | undefined;
  readonly #changed = new Condition();

  constructor(stream: ClientReadableStream<NodeUpdate__Output>) {
    const end = (reason: string) => {
      this.ended ??= reason;
      this.#changed.changed();
    };
    stream.on("data", (update: NodeUpdate__Output) => {
      this.updates.push(update);
      this.#changed.changed();
    });
    stream.on("error", (error: ServiceError) => end(reasonOf(error)));
    stream.on("end", () => end("closed"));
  }

  async whenFed(): Promise<void> {
    await this.#changed.when(() => this.updates.length > 0 || this.ended !== undefined);
  }

  async whenEnded(): Promise<string | undefined> {
    await this.#changed.when(() => this.ended !== undefined);
    return this.ended;
  }
}

/** The edge that agents meet, with all that is behind it but Kubernetes and STS, and an agent of worker-1 on it. */
export class StartedBroker {
  readonly pods = new PodInventory();
  /** The agent's own, which its identity rests on. */
  readonly agentPod = aPod({ uid: "agent" });
  readonly stopping = new AbortController();
  readonly rotation = new Announcement();
  /** What the agent's proof is worth. */
  identity: AgentIdentity = {
    node: "worker-1",
    podUid: this.agentPod.uid,
    expiresAtMs: undefined,
    proof: "token-review",
  };
  /** Who calls; a test may hold the answer back. */
  identify = async (): Promise<IdentifiedNode> => ({ kind: "node", node: "worker-1", identity: this.identity });
  readonly clock = new FakeClock();
  readonly feeds = new OpenFeeds(this.clock);
  readonly identities = new AgentIdentities(this.pods, this.clock);
  /** What was written to feeds, by its kind. */
  readonly sent: string[] = [];
  agent!: BrokerClient;
  listener!: PeerListener;
  port = 0;
  readonly #options: Pick<BrokerServerOptions, "graceMs" | "handshakeMs">;
  #running = Promise.resolve();
  #newAgent!: () => BrokerClient;

  constructor(options: Pick<BrokerServerOptions, "graceMs" | "handshakeMs"> = {}) {
    this.#options = options;
  }

  async start(): Promise<this> {
    this.pods.upsert(this.agentPod);
    const authority = await createAuthority();
    const log = createLogger("server", "error", () => {});
    const listening = Promise.withResolvers<number>();
    this.#running = brokerServer({
      ...this.#options,
      address: { host: "127.0.0.1", port: 0 },
      tls: await tlsOf("server", authority),
      judge: judge("agent"),
      audit: new PeerAudit({
        clock: systemClock,
        recorder: { peerConnected: () => {}, peerCalled: () => {} },
        log,
      }),
      services: (listener) => {
        this.listener = listener;
        return [[contract.Broker.service, brokerService(this.#service(log))]];
      },
      maxConnectionAgeMs: 3_600_000,
      onRotateNow: this.rotation.on,
      onListening: listening.resolve,
    })(this.stopping.signal);
    this.port = await listening.promise;
    const credentials = clientCredentials(await tlsOf("agent", authority), judge("server"));
    this.#newAgent = () =>
      new contract.Broker(`localhost:${this.port}`, credentials, { "grpc.use_local_subchannel_pool": 1 });
    this.agent = this.#newAgent();
    return this;
  }

  watch(): HeardFeed {
    return new HeardFeed(this.agent.watchNode({ nodeName: "worker-1" }));
  }

  /** An agent with a connection of its own. */
  connectAnew(): BrokerClient {
    return this.#newAgent();
  }

  /** @returns `OK`, or why the server did not take the report */
  report(agent = this.agent): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    agent.reportNode({ nodeName: "worker-1" }, (error) => resolve(error ? reasonOf(error) : "OK"));
    return promise;
  }

  /** Resolves when the server has stopped. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.#running;
    this.agent.close();
  }

  #service(log: BrokerServiceOptions["log"]): BrokerServiceOptions {
    const { pods, clock } = this;
    const namespaces = new NamespaceInventory();
    const credentials = new CredentialStore({
      sts: queueOf(new FakeSts(clock), clock),
      awsClock: clock,
      random: () => 0.5,
    });
    const decide = () => ({ kind: "granted", assumption: anAssumption() }) as const;
    const verdicts = { decided: () => {}, failed: () => {} };
    const parts = { pods, namespaces, credentials, decide, verdicts, handOuts: NO_AUDIT, awsClock: clock, clock };
    return {
      feeds: this.feeds,
      openFeed: (node, held) => new NodeFeed(node, held, parts),
      find: new FindPodCredentials({ ...parts, reader: { read: async () => undefined } }),
      onReport: () => {},
      certificateOf: () => undefined,
      identify: () => this.identify(),
      holdIdentity: (identity, onEnd) => this.identities.hold(identity, onEnd),
      onRotateNow: this.rotation.on,
      isServing: () => true,
      awsClock: new RemoteClock(clock),
      recorder: {
        grantDecided: () => {},
        stsAnswered: () => {},
        streamOpened: () => {},
        streamClosed: () => {},
        updateSent: (kind) => void this.sent.push(kind),
        feedLagged: () => {},
        feedBytesSent: () => {},
      },
      log,
      serverVersion: "0.0.0",
      stopping: this.stopping.signal,
    };
  }
}
