import { helpText, type OptionTable, parseOptions } from "@rolecall/common/config/options";
import * as schemas from "@rolecall/common/config/schemas";
import { runProcess } from "@rolecall/common/lifecycle/run-process";
import { aborted } from "@rolecall/common/lifecycle/run-together";
import { INSTANCE } from "./instance.ts";
import { startImds } from "./stand-in.ts";

const OPTIONS = {
  listenAddress: {
    placeholder: "HOST:PORT",
    schema: schemas.hostPort,
    default: "127.0.0.1:0",
    help: "where to listen; 169.254.169.254:80 stands in for the real one",
  },
  tokens: {
    placeholder: "MODE",
    schema: schemas.oneOf(["required", "optional"]),
    default: "required",
    help: "whether requests need a token: required, or optional for IMDSv1 as well",
  },
  account: {
    placeholder: "ACCOUNT",
    schema: schemas.text,
    default: INSTANCE.accountId,
    help: "the instance's account",
  },
  region: { placeholder: "REGION", schema: schemas.text, default: INSTANCE.region, help: "the instance's region" },
} as const satisfies OptionTable;

await runProcess(async (signal) => {
  const parsed = parseOptions(OPTIONS, process.argv.slice(2), process.env);
  if (parsed.kind !== "values") {
    const purpose = "A stand-in for the instance metadata service. Prints each request as a line of JSON.";
    process.stdout.write(helpText("node packages/sandbox/src/imds/main.ts", purpose, OPTIONS));
    return;
  }
  const { listenAddress, tokens, account, region } = parsed.values;
  const imds = await startImds({
    address: listenAddress,
    tokens,
    instance: { accountId: account, region, availabilityZone: `${region}a` },
    onRequest: ({ method, path, from }) => process.stdout.write(`${JSON.stringify({ method, path, from })}\n`),
  });
  process.stdout.write(`listening on ${imds.url}\n`);
  await aborted(signal);
  await imds.stop();
});
