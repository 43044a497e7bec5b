import { type RunOptions, run, tryRun } from "../cluster/run.ts";

export interface ImageBuild {
  readonly dockerfile: string;
  readonly context: string;
  readonly tag: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Docker, Podman or Buildah, whichever a machine has, each with its own store of images. */
export interface ContainerTool {
  readonly name: string;
  has(image: string): Promise<boolean>;
  /** @throws CommandFailed when no registry gives it */
  pull(image: string): Promise<void>;
  /** @throws CommandFailed with the end of what the build said */
  build(build: ImageBuild): Promise<void>;
  /** Writes an archive of the image, with its name, that containerd imports. */
  save(image: string, archive: string): Promise<void>;
}

const BUILD_TIMEOUT_MS = 15 * 60_000;
const PULL_TIMEOUT_MS = 5 * 60_000;

interface Commands {
  /** Succeeds only where the tool can build: Docker's client alone cannot. */
  readonly probe: readonly string[];
  readonly has: readonly string[];
  readonly build: readonly string[];
  readonly save: (image: string, archive: string) => readonly string[];
}

/** In the order of preference. */
const TOOLS: Readonly<Record<string, Commands>> = {
  docker: {
    probe: ["version"],
    has: ["image", "inspect"],
    build: ["build", "--quiet"],
    // Of its own form before Docker 25, which containerd imports too.
    save: (image, archive) => ["save", `--output=${archive}`, image],
  },
  podman: {
    probe: ["info"],
    has: ["image", "exists"],
    build: ["build", "--quiet", "--layers"],
    save: (image, archive) => ["save", "--quiet", "--format=oci-archive", `--output=${archive}`, image],
  },
  buildah: {
    probe: ["info"],
    has: ["inspect", "--type=image"],
    // A chroot is all that the few RUN steps need, and works where containers cannot be started.
    build: ["build", "--quiet", "--layers", "--isolation=chroot"],
    save: (image, archive) => ["push", "--quiet", image, `oci-archive:${archive}:${image}`],
  },
};

/** @throws Error that says what was looked for when there is none that works */
export async function findContainerTool(): Promise<ContainerTool> {
  const failures: string[] = [];
  for (const [name, commands] of Object.entries(TOOLS)) {
    const failure = await whyNot(name, commands.probe);
    if (failure === undefined) return containerTool(name, commands);
    failures.push(`${name}: ${failure}`);
  }
  throw new Error(`images are built with docker, podman or buildah, and none works here\n${failures.join("\n")}`);
}

async function whyNot(name: string, probe: readonly string[]): Promise<string | undefined> {
  try {
    const { exitCode, stderr } = await tryRun(name, probe);
    return exitCode === 0 ? undefined : (stderr.trim().split("\n").at(-1) ?? `exit code ${exitCode}`);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function containerTool(name: string, commands: Commands): ContainerTool {
  const tool = (args: readonly string[], options?: RunOptions) => run(name, args, options);
  return {
    name,
    has: async (image) => (await tryRun(name, [...commands.has, image])).exitCode === 0,
    pull: async (image) => void (await tool(["pull", image], { timeoutMs: PULL_TIMEOUT_MS })),
    async build({ dockerfile, context, tag, buildArgs = {}, labels = {} }) {
      const args = [
        ...Object.entries(buildArgs).map(([key, value]) => `--build-arg=${key}=${value}`),
        ...Object.entries(labels).map(([key, value]) => `--label=${key}=${value}`),
      ];
      await tool([...commands.build, ...args, `--tag=${tag}`, `--file=${dockerfile}`, context], {
        timeoutMs: BUILD_TIMEOUT_MS,
      });
    },
    save: async (image, archive) => void (await tool(commands.save(image, archive), { timeoutMs: PULL_TIMEOUT_MS })),
  };
}
