// A load generator in a process of its own: each message is a load to generate, and its answer what came of it.
import { generateLoad } from "./generate-load.ts";
import type { Load } from "./load.ts";

process.on("message", (load: Load) => {
  void generateLoad(load).then((result) => process.send?.(result));
});
process.on("disconnect", () => process.exit());
