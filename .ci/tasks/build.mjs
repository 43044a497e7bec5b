// Bundles each program to one CommonJS file under dist/, with the wire contract beside it. CommonJS because it costs 3 MB
// less memory than ES modules. White space and comments go because a comment that is not ASCII makes V8 keep the whole source
// at two bytes a character (4.5 MB); names stay, for readable stack traces.
import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const ENTRIES = {
  server: "packages/server/src/main.ts",
  agent: "packages/agent/src/main.ts",
  keeper: "packages/agent/src/keeper-main.ts",
  cli: "packages/cli/src/main.ts",
};
/** The sources find the wire contract next to themselves; a bundle has it in the folder above. On an older Node it would end
 * in a stack trace of a library. */
const BANNER = `
if (Number(process.versions.node.split(".")[0]) < 24) {
  process.stderr.write("Rolecall needs Node 24 or newer, and this is " + process.version + "\\n");
  process.exit(2);
}
const bundleUrl = require("node:url").pathToFileURL(__filename).href;`;
const PROTO_FILES = ["rolecall/v1/broker.proto", "grpc/health/v1/health.proto"];

for (const [name, entry] of Object.entries(ENTRIES)) {
  rmSync(join("dist", name), { recursive: true, force: true });
  await build({
    entryPoints: [entry],
    outfile: join("dist", name, "main.cjs"),
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    keepNames: true,
    minifyWhitespace: true,
    lineLimit: 200,
    legalComments: "none",
    sourcemap: true,
    logLevel: "warning",
    banner: { js: BANNER },
    define: { "import.meta.url": "bundleUrl" },
  });
}
// The command by its name, for a laptop's PATH; import() is understood whatever kind of module Node takes the file for.
writeFileSync(join("dist", "cli", "rolecall"), '#!/usr/bin/env node\nimport("./main.cjs");\n', { mode: 0o755 });
// The status page is read beside the program, as it lies beside the source.
cpSync("packages/server/src/adapters/local-api/status-page", join("dist", "server", "status-page"), {
  recursive: true,
});
for (const file of PROTO_FILES) {
  mkdirSync(dirname(join("dist", file)), { recursive: true });
  copyFileSync(join("proto", file), join("dist", file));
}
