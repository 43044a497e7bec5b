import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Progress } from "../cluster/progress.ts";
import { findBaseImage } from "./base-image.ts";
import { findContainerTool } from "./container-tool.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");

/** Of the images as they are built here; the chart joins it with the name of each. */
export const IMAGE_REGISTRY = "localhost";
export const PROCESSES = ["server", "agent"] as const;
export type ProcessName = (typeof PROCESSES)[number];

export interface BuiltImage {
  readonly process: ProcessName;
  /** The name by which containerd knows it after an import. */
  readonly name: string;
  readonly archive: string;
}

export interface BuildImagesOptions {
  /** What to build on; found or made when absent. */
  readonly baseImage?: string | undefined;
  /** The version in the images' tag and label; the repository's own when absent. */
  readonly version?: string;
  /** Where the archives are written; dist/images when absent. */
  readonly directory?: string;
  readonly progress?: Progress;
}

/**
 * Builds the images of both processes from docker/ and the bundles in dist/, and writes each to an archive.
 *
 * @throws Error when the machine has no tool that builds, or a build fails
 */
export async function buildImages(options: BuildImagesOptions = {}): Promise<readonly BuiltImage[]> {
  const { version = ownVersion(), directory = join(ROOT, "dist", "images"), progress = new Progress() } = options;
  const tool = await findContainerTool();
  const baseImage = options.baseImage ?? (await findBaseImage(tool, progress));
  mkdirSync(directory, { recursive: true });
  const built: BuiltImage[] = [];
  for (const process of PROCESSES) {
    const name = `${IMAGE_REGISTRY}/rolecall-${process}:${version}`;
    const archive = join(directory, `${process}.tar`);
    await progress.step(`built ${name} with ${tool.name}`, async () => {
      await tool.build({
        dockerfile: join(ROOT, "docker", `${process}.Dockerfile`),
        context: ROOT,
        tag: name,
        buildArgs: { BASE_IMAGE: baseImage, VERSION: version },
        // Buildah takes a label of the Dockerfile from its cache although the argument in it has changed.
        labels: { "org.opencontainers.image.version": version },
      });
      rmSync(archive, { force: true });
      await tool.save(name, archive);
    });
    built.push({ process, name, archive });
  }
  return built;
}

function ownVersion(): string {
  const { version }: { version: string } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  return version;
}
