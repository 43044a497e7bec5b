import { realTerminal } from "./adapters/terminal/terminal.ts";
import { runCommand } from "./commands/run-command.ts";

// `rolecall status | head` closes the pipe when it has read enough.
process.stdout.on("error", () => process.exit());

void runCommand(process.argv.slice(2), {
  terminal: realTerminal(),
  env: process.env,
  nowMs: Date.now,
}).then((code) => {
  // Connections that are kept for a next request would hold the process.
  process.exit(code);
});
