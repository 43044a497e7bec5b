import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { errorMessage } from "@rolecall/common/errors/error-message";

const pinned = fileURLToPath(new URL("../../../../.ci/toolchain/python/bin/python", import.meta.url));
const python = existsSync(pinned) ? pinned : "python3";

/** The pinned Python where it is installed, and what it lacks. */
export function pythonPackage(name: string): { readonly python: string; readonly missing?: string } {
  try {
    execFileSync(python, ["-c", `import importlib.metadata as m; m.version("${name}")`], { stdio: "ignore" });
    return { python };
  } catch {
    return { python, missing: `${name} is not installed; run \`node .ci/tasks/python-clients.mjs\`` };
  }
}

const goSources = fileURLToPath(new URL("./go/", import.meta.url));

/** The program around the SDK for Go, built at its first use on a machine and after each change. */
export function goProgram(): { readonly command: readonly string[]; readonly missing?: string } {
  const binary = join(cacheDirectory(), `go-client-${hashOf(goSources)}`);
  const command = [binary];
  if (existsSync(binary)) return { command };
  try {
    mkdirSync(cacheDirectory(), { recursive: true });
    const unfinished = `${binary}.${process.pid}`;
    execFileSync("go", ["build", "-o", unfinished, "."], { cwd: goSources, stdio: "pipe" });
    renameSync(unfinished, binary);
    return { command };
  } catch (error) {
    return { command, missing: `the client in Go cannot be built; see https://go.dev/dl (${errorMessage(error)})` };
  }
}

function hashOf(directory: string): string {
  const hash = createHash("sha256");
  for (const file of readdirSync(directory).sort()) hash.update(readFileSync(join(directory, file)));
  return hash.digest("hex").slice(0, 16);
}

const cacheDirectory = (): string => join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "rolecall");
