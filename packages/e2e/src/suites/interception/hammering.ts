import { strict as assert } from "node:assert";
import { setTimeout as delay } from "node:timers/promises";
import { type Scene, WORKERS } from "./scene.ts";

/** `ROLECALL_HAMMER_SECONDS=120` for a long run. */
const SECONDS = Number(process.env["ROLECALL_HAMMER_SECONDS"] ?? 40);
const PAUSE_MS = 100;
const FLUSH_EVERY_MS = 3_000;
const KILL_EVERY_MS = 20_000;

export async function hammering(scene: Scene): Promise<void> {
  const { report, cluster, clients, agents, neighbours, servers } = scene.parts;
  await report.case(
    `60 pods that never cease to ask for ${SECONDS} s, while root flushes the nat tables and both agents die, get no node's role`,
    async () => {
      await servers.start();
      await agents.start();
      await scene.untilReady();
      const stop = AbortSignal.timeout(SECONDS * 1_000);
      await clients.hammer(PAUSE_MS);
      await Promise.all([
        every(FLUSH_EVERY_MS, stop, async () => {
          await Promise.all(WORKERS.map((name) => cluster.node(name).exec(["iptables", "-t", "nat", "-F"])));
        }),
        every(KILL_EVERY_MS, stop, async () => {
          for (const each of [agents, neighbours]) each.kill();
          await Promise.all([agents.start(), neighbours.start()]);
        }),
      ]);
      const outcomes = await clients.stop();
      process.stdout.write(`  # ${JSON.stringify(outcomes)}\n`);
      assert.equal(outcomes["node-role"] ?? 0, 0);
      assert.equal(outcomes["wrong-role"] ?? 0, 0);
      // A run in which nobody got anything would show nothing.
      assert.ok((outcomes["role"] ?? 0) > 0);
    },
    SECONDS * 1_000,
  );
}

async function every(ms: number, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await delay(ms, undefined, { signal }).catch(() => {});
    if (!signal.aborted) await act();
  }
}
