import { strict as assert } from "node:assert";
import { ROLE_LIST } from "../main-path/test-pods.ts";
import { inPod, roleSession, type Scene } from "./scene.ts";

/** Ways of running that are not the default, on the real cluster. */
export async function otherSettings(scene: Scene): Promise<void> {
  const { report, helm } = scene;

  await report.case(
    "the values of a migration from kiam work: its interface, IMDSv1, ports it leaves free",
    async () => {
      await helm.upgrade({
        "server.replicas": 1,
        "server.hostNetwork": true,
        "agent.metadata.tokens": "optional",
        "agent.metadata.port": 8183,
        "agent.adminPort": 9622,
        // What eni+ is under the VPC CNI.
        "interception.hostInterface": "veth+",
      });
      const { status, body } = await inPod(scene, "web").getWithoutToken(ROLE_LIST);
      assert.deepEqual([status, body], [200, "web"]);
      assert.equal(await inPod(scene, "web").callerIdentity(), roleSession("web"));
    },
  );
}
