import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { go, TOOLS_DIR } from "./build-programs.ts";
import { CACHE_DIR } from "./programs.ts";
import type { Progress } from "./progress.ts";

/** What Go is told besides where to write. */
interface Build {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Programs whose source is in packages/e2e/tools, each a module of its own. */
const OWN_PROGRAMS = {
  "pod-clients": { args: ["-trimpath"], env: { CGO_ENABLED: "0" } },
  // With Kubernetes' own settings, so that what both are made of is compiled once.
  "cert-manager": { args: ["-ldflags", "-s -w"] },
} as const satisfies Readonly<Record<string, Build>>;

export type OwnProgram = keyof typeof OWN_PROGRAMS;

/** The path of a program once it is built; another one when its source has changed. */
export function ownProgram(name: OwnProgram): string {
  const source = join(TOOLS_DIR, name);
  const hash = createHash("sha256");
  for (const file of readdirSync(source).sort()) hash.update(readFileSync(join(source, file)));
  return join(CACHE_DIR, `${name}-${hash.digest("hex").slice(0, 12)}`);
}

/** Builds those that the cache does not have as they are now. */
export async function buildOwnPrograms(progress: Progress): Promise<void> {
  mkdirSync(CACHE_DIR, { recursive: true });
  for (const name of Object.keys(OWN_PROGRAMS) as OwnProgram[]) {
    const program = ownProgram(name);
    if (existsSync(program)) continue;
    await progress.step(`built ${name}`, async () => {
      const { args, env = {} }: Build = OWN_PROGRAMS[name];
      await go(["build", ...args, "-o", `${program}.draft`, "."], { cwd: join(TOOLS_DIR, name), env });
      renameSync(`${program}.draft`, program);
    });
  }
}
