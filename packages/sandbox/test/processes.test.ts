import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterEach, expect, test } from "@jest/globals";
import { Journal } from "../src/control/journal.ts";

const running = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of running) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

function start(main: string, ...args: string[]) {
  const child = spawn(process.execPath, [new URL(`../src/${main}`, import.meta.url).pathname, ...args]);
  running.add(child);
  const exit = once(child, "exit").then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  const lines = new Journal<string>();
  createInterface(child.stdout).on("line", (line) => lines.record(line));
  const url = lines.whenCount(1).then(() => /^listening on (http:.+)$/.exec(lines.entries[0] ?? "")?.[1] ?? "");
  return { child, exit, lines, url };
}

test("the STS process answers for its account, takes faults over HTTP and stops cleanly", async () => {
  const { child, exit, url } = start("sts/main.ts", "--identity-account", "000000000042", "--latency", "1ms");
  const sts = await url;
  const ask = async () =>
    (
      await fetch(sts, {
        method: "POST",
        headers: {
          authorization: `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`,
        },
        body: new URLSearchParams({ Action: "GetCallerIdentity", Version: "2011-06-15" }),
      })
    ).text();
  expect(await ask()).toContain("<Account>000000000042</Account>");
  await fetch(`${sts}/_sandbox/faults`, { method: "POST", body: JSON.stringify({ latencyMs: 0 }) });
  await ask();
  expect(await (await fetch(`${sts}/_sandbox/calls`)).json()).toMatchObject({ getCallerIdentity: 2 });
  child.kill("SIGTERM");
  expect(await exit).toBe(0);
});

test("the IMDS process prints each request and stops cleanly", async () => {
  const { child, exit, lines, url } = start("imds/main.ts", "--tokens", "optional", "--region", "eu-west-1");
  expect(await (await fetch(`${await url}/latest/meta-data/placement/region`)).text()).toBe("eu-west-1");
  await lines.whenCount(2);
  expect(JSON.parse(lines.entries[1] ?? "")).toEqual({
    method: "GET",
    path: "/latest/meta-data/placement/region",
    from: "127.0.0.1",
  });
  child.kill("SIGTERM");
  expect(await exit).toBe(0);
});

test.each(["sts/main.ts", "imds/main.ts"])("%s names a flag that it does not have", async (main) => {
  const { child, exit } = start(main, "--nope");
  const [line] = (await once(createInterface(child.stderr), "line")) as [string];
  expect([line, await exit]).toEqual(["--nope: no such flag", 2]);
});
