import { openPodDoor } from "../../src/demo/pod-door.ts";
import type { RunningAgent } from "../../src/system/processes.ts";
import { ACCOUNT, Harness, ROLE_LIST, until } from "../system/harness.ts";
import { ClientProgram, type Use } from "./client-program.ts";
import type { Client } from "./clients.ts";
import { FlowingTime } from "./flowing-time.ts";
import { startObjectStore } from "./object-store.ts";

const ROLE = "shop-web";
/** Who a client in the pod is to AWS. */
export const POD_SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/${ROLE}/shop.default`;

/** What the metadata service says to the pod. */
interface HandedOut {
  readonly accessKeyId: string;
  /** Seconds since 1970. */
  readonly expiration: number;
}

/** One client in one pod, with a server, an agent and a time of their own. */
export interface Situation {
  readonly clientVersion: string;
  /** Has the client do something. @param laterMs how much time it is to believe has passed since its first use */
  use(laterMs?: number): Promise<Use>;
  /** The access key that the client's last request was signed with. */
  keyUsed(): string | undefined;
  handedOut(): Promise<HandedOut>;
  /** Status of a request for the list of roles without a session token. */
  statusWithoutToken(): Promise<number>;
  /** How often the running agent answered so: `role-credentials answered 200`. */
  answers(): Promise<ReadonlyMap<string, number>>;
  /** Makes time pass for everything but the client. */
  pass(ms: number): Promise<void>;
  restartAgent(): Promise<void>;
  /** For good, like STS for the servers. */
  loseServersAndSts(): Promise<void>;
  end(): Promise<void>;
}

export interface SituationOptions {
  /** For the client, besides where it finds things. */
  readonly env?: NodeJS.ProcessEnv;
  /** Whether the pod has an annotation. */
  readonly hasRole?: boolean;
}

export async function startSituation(client: Client, options: SituationOptions = {}): Promise<Situation> {
  const undo: Undo[] = [];
  const end = async () => {
    for (const step of undo.reverse()) await step();
  };
  try {
    return { ...(await arrange(client, options, undo)), end };
  } catch (error) {
    await end();
    throw error;
  }
}

type Undo = () => void | Promise<void>;

async function arrange(
  client: Client,
  { env, hasRole = true }: SituationOptions,
  undo: Undo[],
): Promise<Omit<Situation, "end">> {
  const time = new FlowingTime(client.aheadMs ?? 0);
  undo.push(() => time.stop());
  const harness = await Harness.start({ clock: time.clock });
  undo.push(() => harness.stop());
  const { sts } = harness.sandbox;
  const objects = await startObjectStore(harness.sandbox);
  undo.push(() => objects.stop());
  const pod = harness.pod(hasRole ? ROLE : undefined);
  const agentAddress = { host: "127.0.0.1", port: 0 };
  const door = await openPodDoor(pod.ip, 0, agentAddress);
  undo.push(() => door.close());
  // Rotations fall due after 26 and 53 minutes, far from where a scenario looks.
  const server = await harness.server({ random: () => 0.5 });

  // The common runtime leaves the port out of the Host header.
  const { host, hostname } = new URL(door.endpoint);
  const flags = ["--imds-tokens=required", `--metadata-hosts=metadata.test,${host},${hostname}`];
  const startAgent = async (): Promise<RunningAgent> => {
    const started = await harness.agent({ brokerPort: server.brokerPort, flags });
    // Not by asking for it: what is answered too early counts as well.
    await until(async () => isKnown(await metricsOf(started), hasRole));
    agentAddress.port = started.metadataPort;
    return started;
  };
  let agent = await startAgent();

  const { program, version } = await ClientProgram.start(client.command, {
    PATH: process.env["PATH"],
    HOME: harness.sandbox.file("home"),
    PYTHONDONTWRITEBYTECODE: "1",
    AWS_EC2_METADATA_SERVICE_ENDPOINT: door.endpoint,
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_ENDPOINT_URL_S3: objects.url,
    AWS_REGION: "us-east-1",
    // What botocore reads; the others read AWS_REGION.
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    ...env,
  });
  undo.push(() => program.stop());

  return {
    clientVersion: version,
    use: (laterMs = 0) => program.use(laterMs / 1_000),
    keyUsed: () => {
      const callers = [...sts.calls.entries.map(({ accessKeyId }) => accessKeyId), ...objects.callers];
      // The server's own keys are long-lived ones.
      return callers.findLast((accessKeyId) => accessKeyId.startsWith("ASIA"));
    },
    handedOut: async () => {
      const { body } = await harness.ask(pod, agent, `${ROLE_LIST}${ROLE}`);
      const { AccessKeyId, Expiration } = JSON.parse(body) as { AccessKeyId: string; Expiration: string };
      return { accessKeyId: AccessKeyId, expiration: Date.parse(Expiration) / 1_000 };
    },
    statusWithoutToken: async () => (await fetch(`${door.endpoint}${ROLE_LIST}`)).status,
    answers: async () => countAnswers(await metricsOf(agent)),
    pass: (ms) => time.pass(ms),
    restartAgent: async () => {
      await agent.stop();
      agent = await startAgent();
    },
    loseServersAndSts: async () => {
      await server.stop();
      sts.faults.failNext({ action: "AssumeRole", code: "reset", times: Number.POSITIVE_INFINITY });
    },
  };
}

const metricsOf = async ({ adminUrl }: RunningAgent): Promise<string> => (await fetch(`${adminUrl}/metrics`)).text();

/** Whether the agent knows the one pod's address and what the pod may have. The agent's own pod has no role either. */
const isKnown = (metrics: string, hasRole: boolean): boolean =>
  metrics.includes("\nrolecall_agent_pods_with_address 1\n") &&
  metrics.includes(`\nrolecall_agent_pods{standing="${hasRole ? "ready" : "no-role"}",reason=""} ${hasRole ? 1 : 2}\n`);

function countAnswers(metrics: string): ReadonlyMap<string, number> {
  const samples = metrics.matchAll(
    /^rolecall_agent_metadata_requests_total\{route="(.+?)",outcome="(.+?)",status="(.+?)"\} (\d+)$/gm,
  );
  return new Map(
    [...samples].map(([, route, outcome, status, count]) => [`${route} ${outcome} ${status}`, Number(count)]),
  );
}
