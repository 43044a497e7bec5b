import { writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { type RunningAgent, type RunningServer, startAgent, startServer } from "@rolecall/sandbox/system/processes";
import { type Sandbox, startSandbox } from "@rolecall/sandbox/system/sandbox";
import { TcpDoor } from "@rolecall/sandbox/tcp/tcp-door";
import type { FleetReport } from "@rolecall/server/domain/fleet/fleet-report";

export interface WorldOptions {
  readonly servers: number;
  readonly nodes: number;
  /** Uniform in [0, 1); decides every jitter of the processes too. */
  readonly random: () => number;
}

/** Short sessions: they are refreshed every six minutes instead of every half hour. */
const SERVER_FLAGS = ["--session-duration=15m"];
/** Time stands still while the machine works, and so goes on in steps that are short beside every backoff. */
const STEP_MS = 250;
/** As kubelet projects agents' tokens, and when it asks for the next: at four fifths of their life. */
const TOKEN_LIFE_MS = 600_000;
const TOKEN_RENEWAL_MS = 480_000;

/** Real servers and agents on a sandbox whose time is in our hand, with a network between them that can break. */
export class World {
  readonly clock: FakeClock;
  readonly sandbox: Sandbox;
  /** One before each server, at addresses that share a port, as the pods of a headless Service do. */
  readonly #doors: readonly TcpDoor[];
  readonly #random: () => number;
  readonly #servers: (RunningServer | undefined)[];
  readonly #agents: (RunningAgent | undefined)[];
  readonly #ready = new Set<RunningServer>();
  readonly #ending: Promise<void>[] = [];
  /** What kubelet has projected on each node; the API server alone issues the next. */
  readonly #tokens = new Map<number, { readonly token: string; readonly issuedAtMs: number }>();
  #hasApiServer = true;

  private constructor(clock: FakeClock, sandbox: Sandbox, doors: readonly TcpDoor[], options: WorldOptions) {
    this.clock = clock;
    this.sandbox = sandbox;
    this.#doors = doors;
    this.#random = options.random;
    this.#servers = Array.from({ length: options.servers });
    this.#agents = Array.from({ length: options.nodes });
  }

  static async create(options: WorldOptions): Promise<World> {
    const clock = new FakeClock(Date.now());
    const sandbox = await startSandbox({ clock });
    const doors: TcpDoor[] = [];
    for (let server = 0; server < options.servers; server += 1) {
      const [first] = doors;
      doors.push(await TcpDoor.open(options.random, { host: doorAddress(server), ...(first && { port: first.port }) }));
    }
    const world = new World(clock, sandbox, doors, options);
    for (let node = 0; node < options.nodes; node += 1) sandbox.kubernetes.workloads.createNode(nodeName(node));
    for (let server = 0; server < options.servers; server += 1) await world.startServer(server);
    for (let node = 0; node < options.nodes; node += 1) await world.startAgent(node);
    return world;
  }

  get nowMs(): number {
    return this.clock.nowMs();
  }

  /** Whether the Kubernetes API can be reached. */
  get hasApiServer(): boolean {
    return this.#hasApiServer;
  }

  async stopApiServer(): Promise<void> {
    this.#hasApiServer = false;
    await this.sandbox.kubernetes.refuseConnections();
  }

  async startApiServer(): Promise<void> {
    await this.sandbox.kubernetes.acceptConnections();
    this.#hasApiServer = true;
  }

  agent(node: number): RunningAgent | undefined {
    return this.#agents[node];
  }

  /** What each server that lives says of itself. */
  fleets(): Promise<readonly FleetReport[]> {
    const alive = this.#servers.filter((server) => server !== undefined);
    return Promise.all(
      alive.map(async ({ localApiUrl }) => (await (await fetch(`${localApiUrl}/api/v1/fleet`)).json()) as FleetReport),
    );
  }

  async startServer(index: number): Promise<void> {
    if (this.#servers[index]) return;
    const options = { flags: SERVER_FLAGS, random: this.#random, clock: this.clock };
    const server = await startServer(this.sandbox, options);
    this.#servers[index] = server;
    this.#doors[index]?.leadTo(server.brokerPort);
  }

  /** Its connections are reset, as when its machine dies; nothing of it serves any more. */
  killServer(index: number): void {
    const server = this.#servers[index];
    if (!server) return;
    this.#servers[index] = undefined;
    this.#ready.delete(server);
    this.#doors[index]?.leadTo();
    this.#doors[index]?.reset();
    this.#ending.push(server.stop());
  }

  async startAgent(node: number): Promise<void> {
    if (this.#agents[node]) return;
    this.#agents[node] = await startAgent(this.sandbox, {
      nodeName: nodeName(node),
      brokerPort: this.#doors[0]?.port ?? 0,
      token: this.#tokens.get(node)?.token ?? this.#issueToken(node),
      lookup: () => this.#lookUp(),
      random: this.#random,
      clock: this.clock,
      flags: ["--metadata-hosts=169.254.169.254"],
    });
  }

  killAgent(node: number): void {
    const agent = this.#agents[node];
    this.#agents[node] = undefined;
    if (agent) this.#ending.push(agent.stop());
  }

  breakFeeds(): void {
    for (const door of this.#doors) door.reset();
  }

  /** Lets time pass, and what is on its way arrive. */
  async pass(ms: number): Promise<void> {
    this.#renewTokens();
    for (let leftMs = ms; leftMs > 0; leftMs -= STEP_MS) {
      await this.clock.advance(Math.min(STEP_MS, leftMs));
      await pause(1);
    }
    await this.#findReady();
  }

  /** Lets time pass for as long as something takes. */
  async during<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    while (!isDone) {
      await pause(1);
      if (!isDone) await this.clock.advance(10);
    }
    return done;
  }

  async stop(): Promise<void> {
    for (const index of this.#servers.keys()) this.killServer(index);
    for (const node of this.#agents.keys()) this.killAgent(node);
    await this.during(Promise.allSettled(this.#ending));
    for (const door of this.#doors) await door.stop();
    await this.sandbox.stop();
  }

  #issueToken(node: number): string {
    const expiresAtMs = this.nowMs + TOKEN_LIFE_MS;
    const token = this.sandbox.agentToken(nodeName(node), { expiresAtMs });
    this.#tokens.set(node, { token, issuedAtMs: this.nowMs });
    return token;
  }

  #renewTokens(): void {
    if (!this.#hasApiServer) return;
    for (const [node, { issuedAtMs }] of this.#tokens) {
      if (this.nowMs - issuedAtMs < TOKEN_RENEWAL_MS) continue;
      writeFileSync(this.sandbox.file(`token-${nodeName(node)}`), this.#issueToken(node), { mode: 0o600 });
    }
  }

  async #findReady(): Promise<void> {
    for (const server of this.#servers) {
      if (server && !this.#ready.has(server) && (await fetch(`${server.adminUrl}/readyz`)).ok) this.#ready.add(server);
    }
  }

  /** A headless Service's name has the addresses of those servers alone that are ready. */
  async #lookUp(): Promise<readonly { address: string; family: number }[]> {
    const found = this.#servers.flatMap((server, index) =>
      server && this.#ready.has(server) ? [{ address: doorAddress(index), family: 4 }] : [],
    );
    if (found.length === 0) throw Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
    return found;
  }
}

const doorAddress = (server: number): string => `127.0.0.${server + 1}`;
export const nodeName = (node: number): string => `worker-${node + 1}`;
