import { helpText } from "@rolecall/common/config/options";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { runProcess } from "@rolecall/common/lifecycle/run-process";
import { switchLevelOnSignal } from "@rolecall/common/telemetry/level-signal";
import { VERSION } from "@rolecall/common/version";
import { cleanUp, createKeeper, prepareNode, realKeeperEdges } from "./keeper-composition.ts";
import { KEEPER_OPTIONS, type KeeperConfig, parseKeeperConfig } from "./keeper-config.ts";

const COMMANDS: Readonly<Record<string, (config: KeeperConfig, signal: AbortSignal) => Promise<void>>> = {
  run: (config, signal) => {
    const edges = realKeeperEdges(config);
    switchLevelOnSignal(edges.log, config.logLevel);
    return createKeeper(config, edges)(signal);
  },
  guard: prepareNode,
  cleanup: cleanUp,
};

const PURPOSE = `Keeps a node's kernel rules, and reads its pods' addresses for the agent. It listens nowhere.

  run      keep and read until stopped (the default)
  guard    make the node's directories, set the kernel rule that refuses what is not intercepted, and end: for an init
           container
  cleanup  take every kernel rule and address of ours from the node, and end: for an uninstall`;

void runProcess(async (signal) => {
  const argv = process.argv.slice(2);
  const named = argv[0] !== undefined && !argv[0].startsWith("-") ? argv.shift() : undefined;
  const command = COMMANDS[named ?? "run"];
  if (!command) throw new StartupError([`${named}: no such command; there are ${Object.keys(COMMANDS).join(", ")}`]);
  const parsed = parseKeeperConfig(argv, process.env);
  switch (parsed.kind) {
    case "help":
      process.stdout.write(helpText("rolecall-keeper [run|guard|cleanup]", PURPOSE, KEEPER_OPTIONS));
      break;
    case "version":
      process.stdout.write(`${VERSION}\n`);
      break;
    case "values":
      await command(parsed.values, signal);
  }
});
