import { helpText, type OptionTable, parseOptions } from "@rolecall/common/config/options";
import * as schemas from "@rolecall/common/config/schemas";
import { runProcess } from "@rolecall/common/lifecycle/run-process";
import { aborted } from "@rolecall/common/lifecycle/run-together";
import { INSTANCE, NODE_KEY, nodeRoleArn } from "../imds/instance.ts";
import { startSts } from "./stand-in.ts";

const OPTIONS = {
  listenAddress: {
    placeholder: "HOST:PORT",
    schema: schemas.hostPort,
    default: "127.0.0.1:0",
    help: "where to listen",
  },
  latency: {
    placeholder: "DURATION",
    schema: schemas.durationMs("0s", "1h"),
    default: "0s",
    help: "how long every answer takes",
  },
  identityAccount: {
    placeholder: "ACCOUNT",
    schema: schemas.integer(1, 999_999_999_999),
    default: INSTANCE.accountId,
    help: "the account of the caller's own identity",
  },
} as const satisfies OptionTable;

await runProcess(async (signal) => {
  const parsed = parseOptions(OPTIONS, process.argv.slice(2), process.env);
  if (parsed.kind !== "values") {
    process.stdout.write(helpText("node packages/sandbox/src/sts/main.ts", "A stand-in for AWS STS.", OPTIONS));
    return;
  }
  const { listenAddress, latency, identityAccount } = parsed.values;
  const accountId = String(identityAccount).padStart(12, "0");
  const sts = await startSts({
    address: listenAddress,
    baseArn: `arn:aws:sts::${accountId}:assumed-role/rolecall-server/${INSTANCE.instanceId}`,
    adminPaths: true,
  });
  sts.identities.add(NODE_KEY.accessKeyId, {
    arn: nodeRoleArn(accountId),
    secretAccessKey: NODE_KEY.secretAccessKey,
  });
  sts.faults.latencyMs = latency;
  process.stdout.write(`listening on ${sts.url}\n`);
  await aborted(signal);
  await sts.stop();
});
