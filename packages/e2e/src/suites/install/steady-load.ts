import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "../../cluster/cluster.ts";
import { CommandFailed } from "../../cluster/run.ts";
import type { Tally } from "./ask-steadily.ts";

export interface LoadedPod {
  readonly namespace: string;
  readonly name: string;
  readonly role: string;
}

const PER_SECOND = 20;
/** Before and after what is done meanwhile, so that both ends show. */
const MARGIN_MS = 1_500;
const LONGEST_MS = 10 * 60_000;

/**
 * Lets each pod ask for its credentials at a steady rate while something is done to the system.
 *
 * @param perSecond of each pod
 * @returns what each pod got, in their order
 */
export async function underLoad(
  cluster: Cluster,
  pods: readonly LoadedPod[],
  doMeanwhile: () => Promise<unknown>,
  perSecond = PER_SECOND,
): Promise<readonly Tally[]> {
  const dir = mkdtempSync(join(tmpdir(), "rolecall-load-"));
  const stopFile = join(dir, "stop");
  const command = [process.execPath, join(import.meta.dirname, "ask-steadily.ts")];
  const tallies = Promise.all(
    pods.map(async ({ namespace, name, role }): Promise<Tally> => {
      const args = [...command, role, String(perSecond), stopFile];
      const { exitCode, stdout, stderr } = await cluster.podExec(namespace, name, args, { timeoutMs: LONGEST_MS });
      if (exitCode !== 0) throw new CommandFailed(`the load in ${name}: exit code ${exitCode}\n${stderr}`);
      return JSON.parse(stdout);
    }),
  );
  try {
    await Promise.race([tallies, delay(MARGIN_MS)]);
    await doMeanwhile();
    await delay(MARGIN_MS);
    writeFileSync(stopFile, "");
    return await tallies;
  } finally {
    writeFileSync(stopFile, "");
    await tallies.catch(() => {});
    rmSync(dir, { recursive: true, force: true });
  }
}

/** How many requests did not get the pod's credentials. */
export const failures = ({ counts }: Tally): number =>
  Object.entries(counts).reduce((sum, [outcome, count]) => (outcome === "ok" ? sum : sum + count), 0);

export const describeTallies = (tallies: readonly Tally[]): string =>
  tallies.map(({ counts, failingMs }) => `${JSON.stringify(counts)} failing for ${failingMs} ms`).join("; ");
