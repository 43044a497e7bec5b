import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ImageCommand, imageCommand, keeperCommand } from "../processes/image-command.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

/** What every measurement works with. */
export interface Workbench {
  /** The repository's root. */
  readonly root: string;
  /** The bundles of the product, and below `bench/` those of the bench. */
  readonly dist: string;
  readonly images: Readonly<Record<"agent" | "keeper" | "server", ImageCommand>>;
  /** A shorter run, whose figures say less. */
  readonly quick: boolean;
  readonly say: (line: string) => void;
}

/** What `bundle.mjs` and `build.mjs` of the repository give; plain JavaScript, as the tool chain runs before any types. */
interface Bundling {
  bundle(entry: string, outfile: string, options?: object): Promise<void>;
  readonly LEAN: object;
}

/** Builds the product as its images hold it, and beside it the bench's own programs whose memory or speed counts. */
export async function openWorkbench(options: Pick<Workbench, "quick" | "say">): Promise<Workbench> {
  options.say("building the bundles");
  process.chdir(ROOT);
  const dist = join(ROOT, "dist");
  await import(join(ROOT, ".ci/tasks/build.mjs"));
  const { bundle, LEAN } = (await import(join(ROOT, ".ci/tasks/bundle.mjs"))) as Bundling;
  for (const name of ["bare", "variant-agent"]) {
    await bundle(join(ROOT, "packages/bench/src", name, "main.ts"), join(dist, "bench", `${name}.cjs`), LEAN);
  }
  const agent = imageCommand(ROOT, "agent");
  return {
    ...options,
    root: ROOT,
    dist,
    images: { agent, keeper: keeperCommand(ROOT, agent), server: imageCommand(ROOT, "server") },
  };
}
