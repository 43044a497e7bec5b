import { randomBytes } from "node:crypto";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { metadataServer } from "../../src/adapters/http/metadata-server.ts";
import { KeyRing } from "../../src/adapters/token-key/key-ring.ts";
import { instanceMetadata } from "../../src/adapters/upstream/instance-metadata.ts";
import { answerMetadata } from "../../src/application/answer-metadata.ts";
import { DEFAULT_LEAVES, metadataCatalogue } from "../../src/domain/imds/allow-list.ts";
import { hostAllowList } from "../../src/domain/imds/request-hygiene.ts";
import { SessionTokens, type TokenMacs } from "../../src/domain/imds/session-token.ts";
import type { TokenPolicy } from "../../src/domain/imds/token-policy.ts";
import { silentLog } from "../support/silence.ts";
import { NodeImds } from "./node-imds.ts";
import { FakeStandings } from "./pods.ts";
import { RecordedAnswers } from "./recorded-answers.ts";
import { exchange, type RequestText, requestText, type WireAnswer } from "./wire.ts";

export interface AgentSettings {
  readonly tokens?: TokenPolicy;
  readonly macs?: TokenMacs;
  readonly log?: Logger;
  readonly listenHost?: string;
  readonly listenPort?: number;
  readonly maxConnectionsPerSource?: number;
  readonly keepAliveMs?: number;
  readonly requestTimeoutMs?: number;
}

/** The metadata service over real sockets, with time, pods and the node's own metadata in the test's hands. */
export class RunningAgent {
  readonly clock = new FakeClock();
  readonly standings = new FakeStandings();
  readonly recorder = new RecordedAnswers();
  readonly node = new NodeImds();
  port = 0;
  #stop: () => Promise<void> = async () => {};

  static async start(settings: AgentSettings = {}): Promise<RunningAgent> {
    const agent = new RunningAgent();
    await agent.#start(settings);
    return agent;
  }

  async #start({
    tokens = "required",
    macs,
    log = silentLog,
    listenHost = "127.0.0.1",
    listenPort = 0,
    ...limits
  }: AgentSettings) {
    const { clock, standings, recorder } = this;
    const nodeMetadata = instanceMetadata({ endpoint: await this.node.start(), clock, log });
    const answer = answerMetadata({
      standings,
      nodeMetadata,
      catalogue: metadataCatalogue(DEFAULT_LEAVES),
      hosts: hostAllowList(),
      clock,
      tokens,
      tokensByNamespace: false,
      sessionTokens: new SessionTokens(macs ?? testKeys(clock.nowMs())),
    });
    const stop = new AbortController();
    let running: Promise<void> = Promise.resolve();
    await new Promise<void>((resolve, reject) => {
      const task = metadataServer({
        address: { host: listenHost, port: listenPort },
        flag: "--metadata-address",
        answer,
        recorder,
        monotonicMs: () => clock.nowMs(),
        log,
        ...limits,
        onListening: (bound) => {
          this.port = bound.port;
          resolve();
        },
      });
      running = task(stop.signal).catch(reject);
    });
    this.#stop = async () => {
      stop.abort();
      await running;
      await nodeMetadata.close();
      await this.node.stop();
    };
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  /** Sends a request from an address and returns what came back. */
  async ask(from: string, request: RequestText): Promise<WireAnswer> {
    const answer = await this.send(from, requestText(request));
    if (!answer) throw new Error(`${request.method ?? "GET"} ${request.target} was closed without an answer`);
    return answer;
  }

  send(from: string, bytes: string | Buffer): Promise<WireAnswer | undefined> {
    return exchange({ port: this.port, from }, bytes);
  }

  async tokenFor(from: string, ttlSeconds = 21_600): Promise<string> {
    const headers = [`X-aws-ec2-metadata-token-ttl-seconds: ${ttlSeconds}`];
    const { status, body } = await this.ask(from, { method: "PUT", target: "/latest/api/token", headers });
    if (status !== 200) throw new Error(`a token was refused with ${status}`);
    return body;
  }
}

const testKeys = (createdAtMs: number) => new KeyRing({ id: "testkey0", createdAtMs, secret: randomBytes(32) });

export const bearing = (token: string): readonly string[] => [`X-aws-ec2-metadata-token: ${token}`];
