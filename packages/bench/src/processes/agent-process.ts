import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { StartupError } from "@rolecall/common/errors/startup-error";
import type { Sandbox } from "@rolecall/sandbox/system/sandbox";
import { Child } from "./child.ts";
import { freePort } from "./free-port.ts";
import type { ImageCommand } from "./image-command.ts";

export interface AgentProcessOptions {
  readonly sandbox: Sandbox;
  readonly nodeName: string;
  readonly brokerPort: number;
  /** Where the bundles are. */
  readonly dist: string;
  readonly image: ImageCommand;
  readonly keeper: ImageCommand;
  /** A bundle of the bench in place of the image's. */
  readonly script?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A real agent and its keeper, started as their image and chart start them, on the sandbox and without interception. */
export interface AgentProcess {
  readonly child: Child;
  readonly keeper: Child;
  readonly metadataPort: number;
}

export async function startAgentProcess(options: AgentProcessOptions): Promise<AgentProcess> {
  const { sandbox, nodeName, brokerPort, dist, image, script = join(dist, image.bundle), env = {} } = options;
  const [metadataPort, adminPort] = [await freePort(), await freePort()];
  const exchangeDir = sandbox.file(`exchange-${nodeName}-${metadataPort}`);
  mkdirSync(exchangeDir);
  const tokenFile = sandbox.file(`token-${nodeName}`);
  writeFileSync(tokenFile, sandbox.agentToken(nodeName), { mode: 0o600 });
  const child = new Child({
    name: `the agent of ${nodeName}`,
    nodeFlags: image.nodeFlags,
    script,
    args: [
      `--node-name=${nodeName}`,
      `--server-address=localhost:${brokerPort}`,
      `--metadata-address=127.0.0.1:${metadataPort}`,
      `--admin-address=127.0.0.1:${adminPort}`,
      `--imds-endpoint=${sandbox.imds.url}`,
      `--token-key-file=${sandbox.file(`token-key-${nodeName}-${metadataPort}`)}`,
      `--exchange-dir=${exchangeDir}`,
      `--token-file=${tokenFile}`,
      `--tls-ca=${sandbox.file("ca.crt")}`,
      `--tls-cert=${sandbox.file("agent.crt")}`,
      `--tls-key=${sandbox.file("agent.key")}`,
      "--no-interception",
    ],
    env: { ...image.env, ...env },
  });
  const keeper = new Child({
    name: `the keeper of ${nodeName}`,
    nodeFlags: options.keeper.nodeFlags,
    script: join(dist, options.keeper.bundle),
    args: ["--no-interception", `--exchange-dir=${exchangeDir}`, `--cni-results=${sandbox.cniResults(nodeName)}`],
    env: options.keeper.env,
  });
  await child.orEnded(keeper.orEnded(untilReady(`http://127.0.0.1:${adminPort}/readyz`)));
  return { child, keeper, metadataPort };
}

/** A server lists 100,000 pods. */
const READY_MS = 120_000;

/** @throws StartupError with the checks that still fail */
export async function untilReady(url: string): Promise<void> {
  const deadlineMs = performance.now() + READY_MS;
  let problem = "it does not answer";
  while (performance.now() < deadlineMs) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    if (answer) problem = await answer.text();
    await setTimeout(50);
  }
  throw new StartupError([`${url} was not ready after ${READY_MS / 1_000} s: ${problem.trim()}`]);
}
