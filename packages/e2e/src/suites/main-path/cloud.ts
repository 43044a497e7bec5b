import { INSTANCE, NODE_KEY, nodeRoleArn } from "@rolecall/sandbox/imds/instance";
import { type ImdsStandIn, startImds } from "@rolecall/sandbox/imds/stand-in";
import { type StsStandIn, startSts } from "@rolecall/sandbox/sts/stand-in";
import { GATEWAY, METADATA_ADDRESS } from "../../cluster/network-plan.ts";

/** What AWS is to the cluster. */
export interface Cloud {
  readonly sts: StsStandIn;
  /** Gives the node's role away to whoever reaches it, so that a leak is seen. */
  readonly imds: ImdsStandIn;
  stop(): Promise<void>;
}

export async function startCloud(): Promise<Cloud> {
  const imds = await startImds({ address: { host: METADATA_ADDRESS, port: 80 }, tokens: "optional" });
  const sts = await startSts({ address: { host: GATEWAY, port: 0 } });
  sts.identities.add(NODE_KEY.accessKeyId, {
    arn: nodeRoleArn(INSTANCE.accountId),
    secretAccessKey: NODE_KEY.secretAccessKey,
  });
  return {
    sts,
    imds,
    async stop() {
      await Promise.all([imds.stop(), sts.stop()]);
    },
  };
}
