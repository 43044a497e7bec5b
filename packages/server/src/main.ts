import { helpText } from "@rolecall/common/config/options";
import { runProcess } from "@rolecall/common/lifecycle/run-process";
import { switchLevelOnSignal } from "@rolecall/common/telemetry/level-signal";
import { VERSION } from "@rolecall/common/version";
import { createServer, realServerEdges } from "./composition.ts";
import { parseServerConfig } from "./config.ts";
import { SERVER_OPTIONS } from "./options.ts";

void runProcess(async (signal) => {
  const parsed = parseServerConfig(process.argv.slice(2), process.env);
  switch (parsed.kind) {
    case "help":
      process.stdout.write(
        helpText("rolecall-server", "Feeds agents their nodes' grants and credentials.", SERVER_OPTIONS),
      );
      break;
    case "version":
      process.stdout.write(`${VERSION}\n`);
      break;
    case "values": {
      const edges = realServerEdges(parsed.values);
      switchLevelOnSignal(edges.log, parsed.values.logLevel);
      const run = await createServer(parsed.values, {}, edges);
      await run(signal);
    }
  }
});
