import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { expect, test } from "@jest/globals";

const HANGUP = new URL("../src/lifecycle/hangup.ts", import.meta.url).href;

test("SIGHUP is heard each time, and ends no process that listens", async () => {
  const child = spawn(process.execPath, [
    "--input-type=module",
    "--eval",
    `import { onHangup } from "${HANGUP}";
     setInterval(() => {}, 1_000_000);
     onHangup(() => console.log("heard"));
     console.log("listening");`,
  ]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value;
  expect(await next()).toBe("listening");
  for (let time = 0; time < 2; time += 1) {
    child.kill("SIGHUP");
    expect(await next()).toBe("heard");
  }
  child.kill("SIGTERM");
});
