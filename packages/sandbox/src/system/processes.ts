import { mkdirSync, writeFileSync } from "node:fs";
import { createAgent, type LookupServers, realAgentEdges } from "@rolecall/agent/composition";
import { parseAgentConfig } from "@rolecall/agent/config";
import { createKeeper } from "@rolecall/agent/keeper-composition";
import { parseKeeperConfig } from "@rolecall/agent/keeper-config";
import { Announcement } from "@rolecall/common/lifecycle/announcement";
import { runTogether, type Task } from "@rolecall/common/lifecycle/run-together";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { type Clock, systemClock } from "@rolecall/common/time/clock";
import { createServer, realServerEdges } from "@rolecall/server/composition";
import { parseServerConfig } from "@rolecall/server/config";
import { PKI, type Sandbox } from "./sandbox.ts";

/** A process's composition running in this one. */
export interface Running {
  readonly adminUrl: string;
  /** Settles when it has ended; rejects where it failed. */
  readonly ended: Promise<void>;
  /** Has it read its TLS files and make every connection anew, as SIGHUP does. */
  rotateNow(): void;
  /** Ends it in order. */
  stop(): Promise<void>;
}

export interface RunningServer extends Running {
  readonly brokerPort: number;
  readonly localApiUrl: string;
  /** Where it signs agents' certificates; undefined where they are not managed. */
  readonly enrollmentPort: number | undefined;
}

export interface RunningAgent extends Running {
  readonly metadataPort: number;
}

export interface ProcessOptions {
  /** After those that join the process to its sandbox, and so over them. */
  readonly flags?: readonly string[];
  /** Receives each log line; none are written when absent. */
  readonly log?: (line: string) => void;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  /** Its machine's own; the sandbox's when absent. */
  readonly clock?: Clock;
}

export interface ServerProcessOptions extends ProcessOptions {
  /** Whether certificates are managed by the servers; the sandbox's own where not. */
  readonly managesCertificates?: boolean;
}

/** The sandbox's clock is anywhere within this time of the system's, by which TLS judges. */
const CERTIFICATE_SLACK_MS = 30 * 86_400_000;

/** Starts the real server on the sandbox, on ports of its own. */
export async function startServer(
  sandbox: Sandbox,
  {
    flags = [],
    log = () => {},
    random = Math.random,
    clock = sandbox.clock,
    managesCertificates = false,
  }: ServerProcessOptions = {},
): Promise<RunningServer> {
  const parsed = parseServerConfig(
    [
      "--listen-address=127.0.0.1:0",
      "--admin-address=127.0.0.1:0",
      "--local-api-address=127.0.0.1:0",
      `--kubeconfig=${sandbox.file("kubeconfig")}`,
      "--region=us-east-1",
      `--sts-endpoint=${sandbox.sts.url}`,
      ...(managesCertificates
        ? ["--tls-mode=managed", "--enrollment-address=127.0.0.1:0", `--pki-objects=${PKI.namespace}/${PKI.name}`]
        : tlsFlags(sandbox, "server")),
      ...flags,
    ],
    {},
  );
  if (parsed.kind !== "values") throw new Error(`the server's flags mean ${parsed.kind}`);
  signAsAnyone();
  const broker = Promise.withResolvers<number>();
  const admin = Promise.withResolvers<number>();
  // Stands for SIGHUP, which would reach every process that runs in this one.
  const rotation = new Announcement();
  const localApi = Promise.withResolvers<number>();
  const enrollment = Promise.withResolvers<number | undefined>();
  if (!managesCertificates) enrollment.resolve(undefined);
  const task = await createServer(
    parsed.values,
    {
      onBrokerListening: broker.resolve,
      onEnrollmentListening: enrollment.resolve,
      onAdminListening: ({ port }) => admin.resolve(port),
      onLocalApiListening: ({ port }) => localApi.resolve(port),
    },
    {
      ...realServerEdges(parsed.values),
      clock,
      random,
      log: createLogger("server", parsed.values.logLevel, log),
      onRotateNow: rotation.on,
      certificateSlackMs: sandbox.clock === systemClock ? 0 : CERTIFICATE_SLACK_MS,
    },
  );
  const running = run(task, () => rotation.announce());
  const [brokerPort, enrollmentPort, adminPort, localApiPort] = await listeningOrEnded(
    running.ended,
    Promise.all([broker.promise, enrollment.promise, admin.promise, localApi.promise]),
  );
  return {
    ...running,
    brokerPort,
    enrollmentPort,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    localApiUrl: `http://127.0.0.1:${localApiPort}`,
  };
}

export interface AgentProcessOptions extends ProcessOptions {
  readonly nodeName: string;
  /** Where its servers listen, on this machine. */
  readonly brokerPort: number;
  /** Its ServiceAccount token at first; one that never expires when absent. */
  readonly token?: string;
  /** Where they sign its certificate; it has the sandbox's own when absent. */
  readonly enrollmentPort?: number | undefined;
  /** Finds its servers' addresses, which share `brokerPort`; one, of this machine, when absent. */
  readonly lookup?: LookupServers;
}

/** Starts the real agent of a node and its keeper on the sandbox, without interception. */
export async function startAgent(sandbox: Sandbox, options: AgentProcessOptions): Promise<RunningAgent> {
  const {
    nodeName,
    brokerPort,
    enrollmentPort,
    token = sandbox.agentToken(nodeName),
    flags = [],
    log = () => {},
    random = Math.random,
    clock = sandbox.clock,
    lookup,
  } = options;
  const parsed = parseAgentConfig(
    [
      `--node-name=${nodeName}`,
      `--server-address=localhost:${brokerPort}`,
      "--metadata-address=127.0.0.1:0",
      "--admin-address=127.0.0.1:0",
      `--imds-endpoint=${sandbox.imds.url}`,
      `--token-key-file=${sandbox.file(`token-key-${nodeName}`)}`,
      `--exchange-dir=${sandbox.file(`exchange-${nodeName}`)}`,
      `--token-file=${sandbox.file(`token-${nodeName}`)}`,
      "--no-interception",
      ...(enrollmentPort === undefined
        ? tlsFlags(sandbox, "agent")
        : ["--tls-mode=managed", `--enrollment-port=${enrollmentPort}`, `--tls-ca=${sandbox.bundleFile}`]),
      ...flags,
    ],
    {},
  );
  if (parsed.kind !== "values") throw new Error(`the agent's flags mean ${parsed.kind}`);
  mkdirSync(parsed.values.exchangeDir, { recursive: true });
  writeFileSync(sandbox.file(`token-${nodeName}`), token, { mode: 0o600 });
  const metadata = Promise.withResolvers<number>();
  const admin = Promise.withResolvers<number>();
  // Stands for SIGHUP, which would reach every process that runs in this one.
  const rotation = new Announcement();
  const task = await createAgent(
    parsed.values,
    { onMetadataListening: ({ port }) => metadata.resolve(port), onAdminListening: ({ port }) => admin.resolve(port) },
    {
      ...realAgentEdges(parsed.values),
      clock,
      random,
      log: createLogger("agent", parsed.values.logLevel, log),
      onRotateNow: rotation.on,
      ...(lookup && { lookup }),
    },
  );
  const keeper = keeperOf(sandbox, nodeName, clock, log);
  const running = run(
    (stopping) => runTogether(stopping, [keeper, task]),
    () => rotation.announce(),
  );
  const [metadataPort, adminPort] = await listeningOrEnded(
    running.ended,
    Promise.all([metadata.promise, admin.promise]),
  );
  return { ...running, metadataPort, adminUrl: `http://127.0.0.1:${adminPort}` };
}

function keeperOf(sandbox: Sandbox, nodeName: string, clock: Clock, log: (line: string) => void): Task {
  const parsed = parseKeeperConfig(
    [
      "--no-interception",
      `--exchange-dir=${sandbox.file(`exchange-${nodeName}`)}`,
      `--cni-results=${sandbox.cniResults(nodeName)}`,
    ],
    {},
  );
  if (parsed.kind !== "values") throw new Error(`the keeper's flags mean ${parsed.kind}`);
  return createKeeper(parsed.values, { clock, random: Math.random, log: createLogger("keeper", "info", log) });
}

function run(task: Task, rotateNow: () => void): Pick<Running, "ended" | "rotateNow" | "stop"> {
  const stopping = new AbortController();
  const ended = task(stopping.signal);
  return {
    ended,
    rotateNow,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

/** A process that ends before it listens rejects with why. */
async function listeningOrEnded<T>(ended: Promise<void>, ports: Promise<T>): Promise<T> {
  const early = ended.then((): never => {
    throw new Error("the process ended before it listened");
  });
  return Promise.race([ports, early]);
}

const tlsFlags = ({ file }: Sandbox, role: string): readonly string[] => [
  `--tls-ca=${file("ca.crt")}`,
  `--tls-cert=${file(`${role}.crt`)}`,
  `--tls-key=${file(`${role}.key`)}`,
];

/** The server's SDK wants some key to sign with; the sandbox's STS takes any it does not know for the server's. */
function signAsAnyone(): void {
  process.env["AWS_ACCESS_KEY_ID"] ??= "AKIAROLECALLSANDBOX0";
  process.env["AWS_SECRET_ACCESS_KEY"] ??= "not-a-secret";
}
