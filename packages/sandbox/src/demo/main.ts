import { helpText, type OptionTable, parseOptions } from "@rolecall/common/config/options";
import * as schemas from "@rolecall/common/config/schemas";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { runProcess } from "@rolecall/common/lifecycle/run-process";
import { LOG_LEVELS } from "@rolecall/common/telemetry/logger";
import { VERSION } from "@rolecall/common/version";
import { runDemo } from "./run-demo.ts";

const OPTIONS = {
  once: {
    schema: schemas.boolean,
    default: "false",
    help: "end after showing what each pod sees; exits with 1 when one sees the wrong thing",
  },
  port: { placeholder: "PORT", schema: schemas.port, default: "8169", help: "the port at each pod's address" },
  logLevel: {
    placeholder: "LEVEL",
    schema: schemas.oneOf(LOG_LEVELS),
    default: "error",
    help: `what server and agent log to standard error: ${LOG_LEVELS.join(", ")}`,
  },
} as const satisfies OptionTable;

const print = (line: string) => void process.stdout.write(`${line}\n`);

void runProcess(async (signal) => {
  const parsed = parseOptions(OPTIONS, process.argv.slice(2), {});
  if (parsed.kind === "help")
    return print(helpText("npm run demo --", "Shows Rolecall on an embedded sandbox.", OPTIONS));
  if (parsed.kind === "version") return print(VERSION);
  if (process.platform !== "linux") {
    throw new StartupError([
      `the demonstration gives each pod a loopback address of its own, which ${process.platform} does not have: run it on Linux`,
    ]);
  }
  const right = await runDemo({ ...parsed.values, print }, signal);
  if (!right) throw new StartupError(["a pod did not see what it must"]);
});
