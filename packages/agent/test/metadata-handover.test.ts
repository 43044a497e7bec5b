import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { systemClock } from "@rolecall/common/time/clock";
import { Condition } from "@rolecall/sandbox/control/condition";
import { exchange } from "../src/adapters/exchange/exchange.ts";
import { OwnerFiles } from "../src/adapters/ownership/owner-files.ts";
import { TcpProbe } from "../src/adapters/probe/tcp-probe.ts";
import { KeyRing } from "../src/adapters/token-key/key-ring.ts";
import { HandOver } from "../src/application/hand-over.ts";
import { keepRules } from "../src/application/keep-rules.ts";
import { LIST } from "./metadata/contract-cases.ts";
import { bearing, type RunningAgent } from "./metadata/running-agent.ts";
import { SOURCES, startAgentWithPods } from "./metadata/sources.ts";
import { requestText, exchange as sendBytes } from "./metadata/wire.ts";
import { FakeAliases } from "./netfilter/fake-aliases.ts";
import { FakeTables } from "./netfilter/fake-tables.ts";
import { silentLog } from "./support/silence.ts";

const { P } = SOURCES;

/** A node's kernel: each new connection to the metadata address goes where the rules lead at that moment. */
class Kernel {
  readonly tables = new FakeTables("ipv4");
  readonly aliases = new FakeAliases();
  readonly flips = new Condition();
  port = 0;
  readonly #server: Server = createServer((client) => this.#forward(client));
  readonly #sockets = new Set<Socket>();

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.port = (this.#server.address() as AddressInfo).port;
    this.tables.applyFailure = () => {
      setImmediate(() => this.flips.changed());
      return undefined;
    };
  }

  get leadsTo(): number | undefined {
    const port = /--to-destination [0-9.]+:(\d+)/.exec(this.tables.saved())?.[1];
    return port === undefined ? undefined : Number(port);
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #forward(client: Socket): void {
    const port = this.leadsTo;
    if (port === undefined) {
      client.resetAndDestroy();
      return;
    }
    const agent = connect({ host: "127.0.0.1", port, localAddress: P });
    for (const [one, other] of [
      [client, agent],
      [agent, client],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => this.#sockets.delete(one));
      one.pipe(other);
    }
  }
}

interface AgentPod {
  readonly agent: RunningAgent;
  /** As when its container is killed. */
  kill(): Promise<void>;
  /** The pod ends, keeper and all. */
  stop(): Promise<void>;
}

let directory: string;
let kernel: Kernel;
let pods: AgentPod[];
const macs = new KeyRing({ id: "sharedky", createdAtMs: 0, secret: randomBytes(32) });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "handover-"));
  kernel = new Kernel();
  await kernel.start();
  pods = [];
});
afterEach(async () => {
  for (const pod of pods) await pod.stop();
  kernel.stop();
  await rm(directory, { recursive: true });
});

/** An agent and its keeper, as a pod on the node. */
async function startPod({ isLoaded = true } = {}): Promise<AgentPod> {
  const instance = `agent-${pods.length + 1}`;
  const exchangeDir = join(directory, instance);
  await mkdir(exchangeDir);
  const shared = exchange(exchangeDir, systemClock, silentLog);
  const handOver = new HandOver({
    targets: shared.target,
    ownership: new OwnerFiles(join(directory, "owner")),
    probe: new TcpProbe("127.0.0.1"),
    logger: silentLog,
    clock: systemClock,
  });
  const keeping = keepRules({
    netfilter: { open: async () => ({ kept: [kernel.tables], others: [] }) },
    aliases: kernel.aliases,
    rules: { alias: "169.254.253.1" },
    lead: handOver,
    recorder: {
      rulesDrifted() {},
      packetsCounted() {},
      rulesChecked() {},
      probed() {},
      failedOpen() {},
      hostInterfaceChecked() {},
    },
    logger: silentLog,
    clock: systemClock,
    random: () => 0,
  });
  const stop = new AbortController();
  const running = Promise.all([handOver.run(stop.signal), keeping(stop.signal)]);
  const agent = await startAgentWithPods({ macs });
  shared.target.publish({ instance, startedAtMs: pods.length, port: agent.port, isLoaded });
  let killed: Promise<void> | undefined;
  const pod: AgentPod = {
    agent,
    kill: () => (killed ??= agent.stop()),
    async stop() {
      stop.abort();
      await running;
      await pod.kill();
    },
  };
  pods.push(pod);
  return pod;
}

const ledTo = ({ agent }: AgentPod) => kernel.flips.when(() => kernel.leadsTo === agent.port);

/** Four clients that ask one after the other, each request on a connection of its own, with no second try. */
function load(token: string) {
  const progress = new Condition();
  const stop = new AbortController();
  const failed: unknown[] = [];
  let answered = 0;
  const client = async () => {
    while (!stop.signal.aborted) {
      const request = requestText({ target: `${LIST}web`, headers: bearing(token) });
      const outcome = await sendBytes({ port: kernel.port, from: "127.0.0.1" }, request).catch(
        (error: unknown) => error,
      );
      if (outcome !== undefined && (outcome as { status?: number }).status === 200) answered += 1;
      else failed.push(outcome ?? "closed without an answer");
      progress.changed();
    }
  };
  const clients = Promise.all(Array.from({ length: 4 }, client));
  return {
    more(count: number): Promise<void> {
      const enough = answered + count;
      return progress.when(() => answered + failed.length >= enough);
    },
    async failures(): Promise<readonly unknown[]> {
      stop.abort();
      await clients;
      return failed;
    },
  };
}

test("case 60: an agent is replaced under load without a failed request, and tokens stay good", async () => {
  const first = await startPod();
  await ledTo(first);
  const requests = load(await first.agent.tokenFor(P));
  await requests.more(50);
  const second = await startPod();
  await ledTo(second);
  await requests.more(50);
  await first.stop();
  await requests.more(50);
  expect(await requests.failures()).toEqual([]);
});

test("an agent without its pods' credentials takes nothing from one that serves, and its end changes nothing", async () => {
  const first = await startPod();
  await ledTo(first);
  const requests = load(await first.agent.tokenFor(P));
  const second = await startPod({ isLoaded: false });
  await requests.more(50);
  expect(kernel.leadsTo).toBe(first.agent.port);
  await second.stop();
  await requests.more(50);
  expect(await requests.failures()).toEqual([]);
});

test("an agent that dies after it took over gives its pods back to the one before, while that is there", async () => {
  const first = await startPod();
  await ledTo(first);
  const second = await startPod();
  await ledTo(second);
  await second.kill();
  await ledTo(first);
  const requests = load(await first.agent.tokenFor(P));
  await requests.more(20);
  expect(await requests.failures()).toEqual([]);
});

test("with no agent left the rules stay as they are, and lead to nobody", async () => {
  const only = await startPod();
  await ledTo(only);
  await only.stop();
  expect(kernel.leadsTo).toBe(only.agent.port);
  const requests = load("no token");
  await requests.more(4);
  expect(new Set(await requests.failures())).toEqual(new Set(["closed without an answer"]));
});
