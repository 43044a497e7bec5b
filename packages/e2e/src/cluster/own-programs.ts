import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { go, TOOLS_DIR } from "./build-programs.ts";
import { CACHE_DIR } from "./programs.ts";
import type { Progress } from "./progress.ts";

/** What Go is told besides where to write. */
interface Build {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A directory of a module that is kept beside the program. */
  readonly takes?: { readonly module: string; readonly directory: string };
}

/** Programs whose source is in packages/e2e/tools, each a module of its own. */
const OWN_PROGRAMS = {
  "pod-clients": { args: ["-trimpath"], env: { CGO_ENABLED: "0" } },
  // With Kubernetes' own settings, so that what both are made of is compiled once.
  "cert-manager": {
    args: ["-ldflags", "-s -w"],
    takes: { module: "github.com/cert-manager/cert-manager", directory: "deploy/crds" },
  },
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
    const { args, env = {}, takes }: Build = OWN_PROGRAMS[name];
    if (existsSync(program) && (!takes || existsSync(filesOf(name)))) continue;
    const cwd = join(TOOLS_DIR, name);
    await progress.step(`built ${name}`, async () => {
      await go(["build", ...args, "-o", `${program}.draft`, "."], { cwd, env });
      if (takes) {
        const { Dir } = JSON.parse(await go(["mod", "download", "-json", takes.module], { cwd })) as { Dir: string };
        cpSync(join(Dir, takes.directory), filesOf(name), { recursive: true });
      }
      renameSync(`${program}.draft`, program);
    });
  }
}

/** Where the files are that a program's module has for it. */
export const filesOf = (name: OwnProgram): string => `${ownProgram(name)}-files`;
