import { helpText } from "@rolecall/common/config/options";
import { runProcess } from "@rolecall/common/lifecycle/run-process";
import { switchLevelOnSignal } from "@rolecall/common/telemetry/level-signal";
import { VERSION } from "@rolecall/common/version";
import { createAgent, realAgentEdges } from "./composition.ts";
import { AGENT_OPTIONS, parseAgentConfig } from "./config.ts";
import { keepTickShape } from "./keep-tick-shape.ts";

const PURPOSE =
  "Answers the metadata address for the pods of a node. It needs no right over the node: its keeper (rolecall-keeper) has those.";

keepTickShape();

void runProcess(async (signal) => {
  const parsed = parseAgentConfig(process.argv.slice(2), process.env);
  switch (parsed.kind) {
    case "help":
      process.stdout.write(helpText("rolecall-agent", PURPOSE, AGENT_OPTIONS));
      break;
    case "version":
      process.stdout.write(`${VERSION}\n`);
      break;
    case "values": {
      const edges = realAgentEdges(parsed.values);
      switchLevelOnSignal(edges.log, parsed.values.logLevel);
      const run = await createAgent(parsed.values, {}, edges);
      await run(signal);
    }
  }
});
