import { strict as assert } from "node:assert";
import { NODE_ROLE } from "@rolecall/sandbox/imds/instance";
import { eventually } from "../../support/eventually.ts";
import { aPod } from "../main-path/test-pods.ts";
import { type Traces, tracesOn } from "./node-traces.ts";
import { inPod, roleSession, type Scene } from "./scene.ts";

const LABEL = "rolecall.dev/cleanup";
const NODE = "worker-2";

/** A node group that goes back in the midst of a migration. @param before what the nodes were like before the install */
export async function oneNodeBack(scene: Scene, before: Traces): Promise<void> {
  const { report, cluster, helm } = scene;
  const { kubectl } = cluster;

  await report.case(
    "a node with the clean-up's label is as before the install while the others keep theirs, and without it has its agent again",
    async () => {
      await helm.upgrade({ "interception.cleanupLabel": LABEL });
      await cluster.apply([aPod({ name: "returning", role: "report", node: NODE, labels: { group: "returning" } })]);
      await cluster.waitForPods({ namespace: "shop", selector: "group=returning", until: "ready", count: 1 });
      assert.match(await inPod(scene, "returning").callerIdentity(), new RegExp(roleSession("report")));
      await kubectl.run(["label", "node", NODE, `${LABEL}=true`]);
      await eventually({ what: `${NODE} as before the install`, timeoutMs: 90_000 }, async () => {
        assert.deepEqual((await tracesOn([cluster.node(NODE)]))[NODE], before[NODE]);
        return true;
      });
      // What answers there without us: the node, or on its way back kiam.
      assert.match(await inPod(scene, "returning").callerIdentity(), new RegExp(NODE_ROLE));
      assert.equal(await inPod(scene, "web").callerIdentity(), roleSession("web"));
      await kubectl.run(["label", "node", NODE, `${LABEL}-`]);
      await eventually(
        { what: "the pod with its role again", timeoutMs: 90_000 },
        async () => (await inPod(scene, "returning").callerIdentity()) === roleSession("report"),
      );
    },
  );
}
