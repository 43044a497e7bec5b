// The AWS SDK for JavaScript with one client. It reads the time from Date.now, which is moved on.
// Speaks as program.py does.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const manifest = createRequire(import.meta.url).resolve("@aws-sdk/client-sts/package.json");
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
say({ version });

const now = Date.now;
const client = new STSClient({});
for await (const line of createInterface(process.stdin)) {
  const laterMs = Number(line) * 1_000;
  Date.now = () => now() + laterMs;
  try {
    const { Arn } = await client.send(new GetCallerIdentityCommand({}));
    const { expiration } = await client.config.credentials();
    say({ arn: Arn, ...(expiration && { expiration: expiration.getTime() / 1_000 }) });
  } catch (error) {
    say({ error: String(error) });
  }
}
