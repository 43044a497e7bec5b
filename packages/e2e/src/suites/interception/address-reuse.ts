import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterNode } from "../../cluster/cluster-node.ts";
import { cniConfig } from "../../cluster/node-config.ts";
import { firstAnswer } from "../main-path/first-answer.ts";
import { aPod } from "../main-path/test-pods.ts";
import { NodeRules } from "./node-rules.ts";
import { NEIGHBOUR, type Scene } from "./scene.ts";

const ADDRESSES = 8;
/** `ROLECALL_REUSES=208` for a long run; whole rounds. */
const PODS = Math.ceil(Number(process.env["ROLECALL_REUSES"] ?? 40) / ADDRESSES) * ADDRESSES;
const ROUND_MS = 30_000;
const ROLES = ["red", "green", "blue"] as const;
const PAUSE_MS = 100;

/** Pods that come and go on a handful of addresses, while every other pod of the node asks without end. */
export async function addressReuse(scene: Scene): Promise<void> {
  const { report, cluster, clients } = scene.parts;
  await report.case(
    `${PODS} pods of changing roles that share ${ADDRESSES} addresses get their own role at their first request, and no other's`,
    async () => {
      const node = cluster.node(NEIGHBOUR);
      giveFewAddresses(node);
      await NodeRules.whenWhole(node);
      await clients.hammer(PAUSE_MS);
      const seen = new Set<string>();
      let reuses = 0;
      for (let first = 0; first < PODS; first += ADDRESSES) {
        // One role for all of them: whichever address a pod gets, the pod before it there had another.
        const role = ROLES[(first / ADDRESSES) % ROLES.length] ?? "";
        const round = `round-${first}`;
        const names = Array.from({ length: ADDRESSES }, (_, index) => `reuse-${first + index}`);
        await cluster.apply(
          names.map((name) => aPod({ name, role, node: NEIGHBOUR, labels: { round }, asksFirst: true })),
        );
        const selector = `round=${round}`;
        const ended = { namespace: "shop", selector, until: "ended", count: ADDRESSES, timeoutMs: 60_000 } as const;
        for (const pod of await cluster.waitForPods(ended)) {
          const answer = firstAnswer(pod);
          assert.deepEqual([answer.ok, answer.role], [true, role], `${pod.metadata.name}: ${JSON.stringify(answer)}`);
          const address = pod.status.podIP ?? "";
          if (seen.has(address)) reuses += 1;
          seen.add(address);
        }
        await cluster.kubectl.run(["delete", "pods", "--namespace=shop", `--selector=${selector}`, "--wait=true"]);
      }
      const outcomes = await clients.stop();
      process.stdout.write(
        `  # ${reuses} pods had the address of one with another role; meanwhile ${JSON.stringify(outcomes)}\n`,
      );
      assert.equal(seen.size, ADDRESSES);
      assert.equal(reuses, PODS - ADDRESSES);
      assert.equal((outcomes["node-role"] ?? 0) + (outcomes["wrong-role"] ?? 0), 0);
      writeFileSync(cniFile(node), cniConfig(node.podRange));
    },
    (PODS / ADDRESSES) * ROUND_MS,
  );
}

const cniFile = (node: ClusterNode): string => join(node.ownPath("/etc/cni/net.d"), "10-pods.conflist");

/** At the end of the node's range, where no pod of the scene is. */
function giveFewAddresses(node: ClusterNode): void {
  const prefix = node.podRange.replace(/\.0\/24$/, "");
  writeFileSync(cniFile(node), cniConfig(node.podRange, [`${prefix}.${240}`, `${prefix}.${240 + ADDRESSES - 1}`]));
}
