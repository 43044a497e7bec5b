import { request } from "node:http";
import type { Clock } from "@rolecall/common/time/clock";
import { writeCniResult } from "../../src/files/cni-results.ts";
import {
  type AgentProcessOptions,
  type Running,
  type RunningAgent,
  type RunningServer,
  type ServerProcessOptions,
  startAgent,
  startServer,
} from "../../src/system/processes.ts";
import { type Sandbox, startSandbox } from "../../src/system/sandbox.ts";

export const NODE = "worker-1";
export const ACCOUNT = "123456789012";
export const ROLE_LIST = "/latest/meta-data/iam/security-credentials/";
export const roleArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;

export interface PodOnNode {
  readonly ref: string;
  readonly uid: string;
  readonly ip: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Real servers and agents on a sandbox, and what a test does to them. Everything it started ends with `stop`. */
export class Harness {
  readonly sandbox: Sandbox;
  /** Every line that any process logged. */
  readonly logLines: string[] = [];
  readonly #running: Running[] = [];
  #pods = 0;

  private constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
  }

  /** @param options a clock for everything of it; real time when absent */
  static async start(options: { clock?: Clock } = {}): Promise<Harness> {
    const harness = new Harness(await startSandbox(options));
    const { workloads } = harness.sandbox.kubernetes;
    workloads.createNode(NODE);
    workloads.createNamespace("shop", { annotations: { "iam.amazonaws.com/permitted": `${roleArn("shop-.*")}` } });
    workloads.createNamespace("lab");
    return harness;
  }

  async server(options: ServerProcessOptions = {}): Promise<RunningServer> {
    return this.#started(await startServer(this.sandbox, { log: (line) => this.logLines.push(line), ...options }));
  }

  async agent(options: Omit<AgentProcessOptions, "nodeName">): Promise<RunningAgent> {
    const log = (line: string) => this.logLines.push(line);
    return this.#started(
      await startAgent(this.sandbox, {
        log,
        ...options,
        nodeName: NODE,
        flags: ["--metadata-hosts=metadata.test", ...(options.flags ?? [])],
      }),
    );
  }

  /** A server and its node's agent, in step with each other. */
  async both(): Promise<{ server: RunningServer; agent: RunningAgent }> {
    const server = await this.server();
    const agent = await this.agent({ brokerPort: server.brokerPort });
    await this.untilReady(agent);
    return { server, agent };
  }

  async untilReady({ adminUrl }: Running): Promise<void> {
    await until(async () => (await fetch(`${adminUrl}/readyz`)).status === 200);
  }

  /**
   * A pod bound to the node, attached to its network as the container runtime does it.
   *
   * @param known false where the API server learns of its address later, as is usual
   */
  pod(role: string | undefined, namespace = "shop", { known = true } = {}): PodOnNode {
    this.#pods += 1;
    const name = `pod-${this.#pods}`;
    const ip = `127.0.${2 + Math.floor(this.#pods / 250)}.${this.#pods % 250}`;
    const ref = `${namespace}/${name}`;
    const { workloads } = this.sandbox.kubernetes;
    const annotations = role === undefined ? {} : { "iam.amazonaws.com/role": role };
    const { uid } = workloads.createPod({ namespace, name, annotations, nodeName: NODE }).metadata;
    const containerId = uid.replaceAll("-", "");
    writeCniResult(this.sandbox.cniResults(NODE), { containerId, podUid: uid, namespace, name, ips: [ip] });
    if (known) workloads.setPodIp(ref, ip);
    return { ref, uid, ip };
  }

  /** What a pod is answered, with a session token of its own. */
  async ask({ ip }: Pick<PodOnNode, "ip">, { metadataPort }: RunningAgent, path: string = ROLE_LIST): Promise<Answer> {
    const token = await http(ip, metadataPort, "PUT", "/latest/api/token", {
      "x-aws-ec2-metadata-token-ttl-seconds": "60",
    });
    if (token.status !== 200) return token;
    return http(ip, metadataPort, "GET", path, { "x-aws-ec2-metadata-token": token.body });
  }

  /** What a pod is answered as a client of IMDSv1. */
  askWithoutToken({ ip }: Pick<PodOnNode, "ip">, { metadataPort }: RunningAgent): Promise<Answer> {
    return http(ip, metadataPort, "GET", ROLE_LIST, {});
  }

  /** The reasons of the Events on a pod. */
  events({ uid }: PodOnNode): readonly string[] {
    const events = this.sandbox.kubernetes.workloads.events() as unknown as readonly {
      readonly reason: string;
      readonly involvedObject: { readonly uid: string };
    }[];
    return events.filter(({ involvedObject }) => involvedObject.uid === uid).map(({ reason }) => reason);
  }

  async stop(): Promise<void> {
    for (const running of this.#running.reverse()) await running.stop().catch(() => {});
    await this.sandbox.stop();
  }

  #started<T extends Running>(running: T): T {
    this.#running.push(running);
    return running;
  }
}

/** Asks again until it is so; what never becomes so ends with the test's own time-out. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAtMs = performance.now() + GIVE_UP_AFTER_MS;
  while (!(await isSo())) {
    if (performance.now() > giveUpAtMs) throw new Error(`never came to be: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** As long as a test may take: one that failed must not go on asking, and keep the whole run from its end. */
const GIVE_UP_AFTER_MS = 30_000;

function http(
  localAddress: string,
  port: number,
  method: string,
  path: string,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port,
      localAddress,
      method,
      path,
      headers: { host: "metadata.test", ...headers },
    };
    const sent = request(options, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}
