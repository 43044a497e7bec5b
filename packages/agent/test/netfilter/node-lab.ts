import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const HTTP_ACTOR = fileURLToPath(new URL("./http-actor.ts", import.meta.url));
const KEEPER_MAIN = fileURLToPath(new URL("../../src/keeper-main.ts", import.meta.url));
const RULES_ACTOR = fileURLToPath(new URL("./rules-actor.ts", import.meta.url));
const PROBE_ACTOR = fileURLToPath(new URL("./probe-actor.ts", import.meta.url));
const METADATA_ACTOR = fileURLToPath(new URL("./metadata-actor.ts", import.meta.url));
const NODE_FLAG = "--disable-warning=ExperimentalWarning";

export const POD = { ipv4: "10.77.1.5", ipv6: "fd00:77:1::5" };
export const NODE = { ipv4: "10.77.0.10", ipv6: "fd00:77::10" };

export type Place = "node" | "pod" | "outside";

/** A process in one of the lab's places, spoken with in lines. */
export interface Actor {
  /** Sends a line, if there is one, and resolves to the actor's next. */
  next(line?: string): Promise<unknown>;
  end(): Promise<void>;
}

/** @returns why a lab cannot be built here, or undefined */
export function labObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return "not root";
  if (!existsSync("/proc/net/if_inet6")) return "the kernel has no IPv6";
  const probe = `rolecall-probe-${process.pid}`;
  try {
    execFileSync("ip", ["netns", "add", probe], { stdio: "pipe" });
  } catch (error) {
    return `no network namespace can be made: ${lastLine(error)}`;
  }
  try {
    for (const program of ["iptables-nft-save", "iptables-legacy-save", "ip6tables-nft-save", "ip6tables-legacy-save"])
      execFileSync("ip", ["netns", "exec", probe, program], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `iptables does not work: ${lastLine(error)}`;
  } finally {
    execFileSync("ip", ["netns", "delete", probe], { stdio: "pipe" });
  }
}

const lastLine = (error: unknown) => (error as Error).message.trim().split("\n").at(-1);

/**
 * A node as the Amazon VPC CNI plugin sets it up, in network namespaces: the pod has a /32 and a static next hop, the
 * node's end of the pod's link has no IPv4 address, and the metadata service is beyond the node's own interface.
 */
export class NodeLab {
  readonly #prefix = `rolecall-${process.pid}`;
  readonly #actors = new Set<ChildProcess>();

  build(): void {
    for (const place of ["node", "pod", "outside"] as const) {
      execFileSync("ip", ["netns", "add", this.#namespace(place)]);
      this.run(place, "ip link set lo up");
      this.run(place, "sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0");
    }
    this.run("node", "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");

    this.run("node", `ip link add eth0 type veth peer name eth0 netns ${this.#namespace("outside")}`);
    this.run("node", `ip link add eni1a2b3c type veth peer name eth0 netns ${this.#namespace("pod")}`);
    this.run("node", "ip link set eni1a2b3c address 02:00:00:00:00:01");
    for (const line of [
      `ip address add ${NODE.ipv4}/24 dev eth0`,
      `ip address add ${NODE.ipv6}/64 dev eth0 nodad`,
      "ip address add fe80::1/64 dev eni1a2b3c nodad",
      "ip link set eth0 up",
      "ip link set eni1a2b3c up",
      `ip route add ${POD.ipv4} dev eni1a2b3c scope link`,
      `ip -6 route add ${POD.ipv6} dev eni1a2b3c`,
      "ip route add 169.254.169.254 dev eth0 scope link",
      "ip -6 route add fd00:ec2::254 via fd00:77::1",
    ])
      this.run("node", line);
    for (const line of [
      `ip address add ${POD.ipv4}/32 dev eth0`,
      `ip address add ${POD.ipv6}/128 dev eth0 nodad`,
      "ip link set eth0 up",
      "ip route add 169.254.1.1 dev eth0 scope link",
      "ip route add default via 169.254.1.1",
      "ip neighbour add 169.254.1.1 dev eth0 lladdr 02:00:00:00:00:01 nud permanent",
      "ip -6 route add default via fe80::1 dev eth0",
    ])
      this.run("pod", line);
    for (const line of [
      "ip address add 10.77.0.1/24 dev eth0",
      "ip address add fd00:77::1/64 dev eth0 nodad",
      "ip address add 169.254.169.254/32 dev lo",
      "ip address add fd00:ec2::254/128 dev lo nodad",
      "ip link set eth0 up",
      `ip route add ${POD.ipv4} via ${NODE.ipv4}`,
      `ip -6 route add ${POD.ipv6} via ${NODE.ipv6}`,
      `ip route add 169.254.253.1 via ${NODE.ipv4}`,
    ])
      this.run("outside", line);
  }

  /** @param command words without blanks in them */
  run(place: Place, command: string, input = ""): string {
    return execFileSync("ip", ["netns", "exec", this.#namespace(place), ...command.split(" ")], {
      input,
      encoding: "utf8",
      stdio: ["pipe", "pipe", "pipe"],
    });
  }

  /** Starts a pod, agent or metadata service. */
  start(place: Place, ...args: readonly string[]): Actor {
    return this.#start(place, [HTTP_ACTOR, ...args]);
  }

  startProbe(): Actor {
    return this.#start("node", [PROBE_ACTOR]);
  }

  /** Starts the real metadata service on an address of the node, or asks it from a pod, as metadata-actor.ts has it. */
  startMetadata(place: Place, ...args: readonly string[]): Actor {
    return this.#start(place, [METADATA_ACTOR, ...args]);
  }

  startKeeper(): Actor {
    return this.#start("node", [RULES_ACTOR, "keep"]);
  }

  /** The keeper itself, which shares one directory with its agent and another with the node's other keepers. */
  startPodKeeper(exchange: string, state: string): Actor {
    return this.#start("node", [
      KEEPER_MAIN,
      `--exchange-dir=${exchange}`,
      `--state-dir=${state}`,
      `--cni-results=${exchange}/results`,
    ]);
  }

  /** Runs one of the agent's one-shot commands on the node. */
  command(name: "guard" | "remove"): void {
    this.run("node", [process.execPath, NODE_FLAG, RULES_ACTOR, name].join(" "));
  }

  #start(place: Place, args: readonly string[]): Actor {
    const child = spawn("ip", ["netns", "exec", this.#namespace(place), process.execPath, NODE_FLAG, ...args], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#actors.add(child);
    let complaints = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
    const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return {
      async next(line) {
        if (line !== undefined) child.stdin.write(`${line}\n`);
        const { value, done } = await lines.next();
        if (done) throw new Error(`${args.join(" ")} ended: ${complaints}`);
        return JSON.parse(value) as unknown;
      },
      async end() {
        child.kill("SIGKILL");
        await ended;
      },
    };
  }

  /** Runs an actor to its end and gives its last line. */
  async once(place: Place, ...args: readonly string[]): Promise<unknown> {
    const actor = this.start(place, ...args);
    try {
      return await actor.next();
    } finally {
      await actor.end();
    }
  }

  tearDown(): void {
    for (const actor of this.#actors) actor.kill("SIGKILL");
    for (const place of ["pod", "outside", "node"] as const) {
      try {
        execFileSync("ip", ["netns", "delete", this.#namespace(place)], { stdio: "pipe" });
      } catch {
        // Never made, when an earlier step of the set-up failed.
      }
    }
  }

  #namespace(place: Place): string {
    return `${this.#prefix}-${place}`;
  }
}
