import { strict as assert } from "node:assert";
import { join } from "node:path";
import { eventually } from "../../support/eventually.ts";
import { aPod } from "../main-path/test-pods.ts";
import { CHART } from "./helm.ts";
import type { Scene } from "./scene.ts";

const TAINT = "rolecall.dev/agent-not-ready";
const POLICY = join(CHART, "..", "..", "docs", "policies", "no-role-on-host-network.yaml");

interface NodeObject {
  readonly spec: { readonly taints?: readonly { readonly key: string }[] };
}

/** What keeps pods from where they cannot have their role. */
export async function nodeGate({ report, cluster, helm }: Scene): Promise<void> {
  const { kubectl } = cluster;
  const hasTaint = async (node: string) => {
    const { spec } = await kubectl.get<NodeObject>(["node", node]);
    return spec.taints?.some(({ key }) => key === TAINT) ?? false;
  };

  await report.case("the startup taint is lifted from a node whose agent can answer", async () => {
    await kubectl.run(["taint", "node", "worker-2", `${TAINT}=true:NoSchedule`]);
    assert.equal(await hasTaint("worker-2"), true);
    await helm.upgrade({ "agent.startupTaint": true });
    await eventually({ what: "worker-2 without its taint" }, async () => !(await hasTaint("worker-2")));
  });

  await report.case(
    "the policy of the documentation refuses a pod on the host network that asks for a role",
    async () => {
      await kubectl.run(["apply", "--filename", POLICY]);
      const trial = (hostNetwork: boolean) =>
        kubectl.tryRun(["apply", "--dry-run=server", "--filename=-"], {
          input: JSON.stringify(aPod({ name: "trial", role: "web", hostNetwork })),
        });
      await eventually({ what: "the policy in force" }, async () => {
        const { exitCode, stderr } = await trial(true);
        return exitCode !== 0 && stderr.includes("a pod with hostNetwork cannot have a role of its own");
      });
      assert.equal((await trial(false)).exitCode, 0);
      await kubectl.run(["delete", "--filename", POLICY]);
    },
  );
}
