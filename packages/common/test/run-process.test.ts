import { type ChildProcess, spawn } from "node:child_process";
import { expect, test } from "@jest/globals";

const RUN_PROCESS = new URL("../src/lifecycle/run-process.ts", import.meta.url).href;
const STARTUP_ERROR = new URL("../src/errors/startup-error.ts", import.meta.url).href;

/** A process that has something open for ever. */
const processThat = (body: string): ChildProcess =>
  spawn(process.execPath, [
    "--input-type=module",
    "--eval",
    `import { runProcess } from "${RUN_PROCESS}";
     import { StartupError } from "${STARTUP_ERROR}";
     setInterval(() => {}, 1_000_000);
     void runProcess(async (signal) => { ${body} });`,
  ]);

const exitCode = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once("exit", resolve));
const firstOutput = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => child.stdout?.once("data", (chunk) => resolve(String(chunk))));

test("a process that is told to stop ends when its work has, whatever is still open", async () => {
  const child = processThat(
    `process.stdout.write("running"); await new Promise((resolve) => signal.addEventListener("abort", resolve));`,
  );
  await firstOutput(child);
  child.kill("SIGTERM");
  expect(await exitCode(child)).toBe(0);
});

test("a process that cannot start ends with 2, and with 1 when it fails later", async () => {
  expect(await exitCode(processThat(`throw new StartupError(["--flag: is wrong"]);`))).toBe(2);
  expect(await exitCode(processThat(`throw new Error("a defect");`))).toBe(1);
});
