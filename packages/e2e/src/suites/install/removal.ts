import { strict as assert } from "node:assert";
import { NODE_ROLE } from "@rolecall/sandbox/imds/instance";
import { eventually } from "../../support/eventually.ts";
import { type Traces, tracesOn } from "./node-traces.ts";
import { inPod, type Scene } from "./scene.ts";

/** @param before what the nodes were like before the install */
export async function removal(scene: Scene, before: Traces): Promise<void> {
  const { report, cluster, helm } = scene;

  await report.case(
    "an uninstall after a clean-up leaves every node's rules, addresses and files as before the install",
    async () => {
      await helm.upgrade({ "interception.cleanup": true });
      assert.match(await helm.notes(), /every node is\s+clean/);
      await helm.uninstall();
      await eventually({ what: "the nodes as before" }, async () => {
        assert.deepEqual(await tracesOn(cluster.nodes), before);
        return true;
      });
      // The proof that nothing is left in the way.
      assert.match(await inPod(scene, "web").callerIdentity(), new RegExp(NODE_ROLE));
    },
  );
}
