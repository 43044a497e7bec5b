import { helpText } from "@rolecall/common/config/options";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { runProcess } from "@rolecall/common/lifecycle/run-process";
import { VERSION } from "@rolecall/common/version";
import { cleanUp, createAgent, setGuard } from "./composition.ts";
import { AGENT_OPTIONS, type AgentConfig, parseAgentConfig } from "./config.ts";

const COMMANDS: Readonly<Record<string, (config: AgentConfig, signal: AbortSignal) => Promise<void>>> = {
  run: async (config, signal) => (await createAgent(config))(signal),
  guard: setGuard,
  cleanup: cleanUp,
};

const PURPOSE = `Answers the metadata address for the pods of a node.

  run      answer until stopped (the default)
  guard    set the kernel rule that refuses what is not intercepted, and end: for an init container
  cleanup  take every kernel rule and address of ours from the node, and end: for an uninstall`;

void runProcess(async (signal) => {
  const argv = process.argv.slice(2);
  const named = argv[0] !== undefined && !argv[0].startsWith("-") ? argv.shift() : undefined;
  const command = COMMANDS[named ?? "run"];
  if (!command) throw new StartupError([`${named}: no such command; there are ${Object.keys(COMMANDS).join(", ")}`]);
  const parsed = parseAgentConfig(argv, process.env);
  switch (parsed.kind) {
    case "help":
      process.stdout.write(helpText("rolecall-agent [run|guard|cleanup]", PURPOSE, AGENT_OPTIONS));
      break;
    case "version":
      process.stdout.write(`${VERSION}\n`);
      break;
    case "values":
      await command(parsed.values, signal);
  }
});
