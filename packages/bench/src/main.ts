// usage: npm run bench -- [COMMAND] [FLAG...]; without a command it measures.
import { StartupError } from "@rolecall/common/errors/startup-error";
import { runProcess } from "@rolecall/common/lifecycle/run-process";
import { chaos } from "./chaos/command.ts";
import type { Command } from "./command.ts";
import { measure } from "./measure/command.ts";

const COMMANDS: Readonly<Record<string, Command>> = { measure, chaos };

void runProcess(async (signal) => {
  const [first, ...rest] = process.argv.slice(2);
  if (first === undefined || first.startsWith("-")) return measure.run(process.argv.slice(2), signal);
  const command = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  if (command) return command.run(rest, signal);
  const known = Object.entries(COMMANDS).map(([name, { purpose }]) => `  ${name}: ${purpose}`);
  throw new StartupError([`${first}: no such command; there are`, ...known]);
});
