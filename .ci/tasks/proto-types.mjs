// Generates proto/gen from the .proto files, or with --check says whether it is up to date.
// The options must be those of proto/src/index.ts: they decide how a message looks at run time.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const generated = "proto/gen";

function generate(outDir) {
  execFileSync("proto-loader-gen-types", [
    "--longs=Number",
    "--enums=String",
    "--defaults",
    "--oneofs",
    "--grpcLib=@grpc/grpc-js",
    "--importFileExtension=.ts",
    "--includeDirs=proto",
    `--outDir=${outDir}`,
    "rolecall/v1/broker.proto",
    "grpc/health/v1/health.proto",
  ]);
}

function contents(dir) {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(dir.length), readFileSync(path, "utf8")];
    }),
  );
}

if (process.argv.includes("--check")) {
  const fresh = mkdtempSync(join(tmpdir(), "rolecall-proto-"));
  try {
    generate(fresh);
    const [wanted, found] = [contents(fresh), contents(generated)];
    const stale = [...new Set([...wanted.keys(), ...found.keys()])].filter(
      (file) => wanted.get(file) !== found.get(file),
    );
    if (stale.length > 0) {
      process.stderr.write(`proto/gen does not match the .proto files: run \`pnpm proto\`\n${stale.join("\n")}\n`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(fresh, { recursive: true });
  }
} else {
  rmSync(generated, { recursive: true, force: true });
  generate(generated);
}
