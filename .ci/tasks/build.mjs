// Bundles each program to one file under dist/ (bundle.mjs), with the wire contract beside it.
import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bundle, LEAN, WITH_DOCS } from "./bundle.mjs";

const PROGRAMS = [
  ["server", "packages/server/src/main.ts"],
  ["agent", "packages/agent/src/main.ts", LEAN],
  ["keeper", "packages/agent/src/keeper-main.ts", LEAN],
  ["cli", "packages/cli/src/main.ts", WITH_DOCS],
];
const PROTO_FILES = ["rolecall/v1/broker.proto", "grpc/health/v1/health.proto"];

for (const [name, entry, options] of PROGRAMS) {
  rmSync(join("dist", name), { recursive: true, force: true });
  await bundle(entry, join("dist", name, "main.cjs"), options);
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
