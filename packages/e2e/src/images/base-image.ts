import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findOnPath } from "../cluster/programs.ts";
import type { Progress } from "../cluster/progress.ts";
import { run } from "../cluster/run.ts";
import type { ContainerTool } from "./container-tool.ts";

/** What the Dockerfiles build on unless told otherwise. */
export const BASE_IMAGE = "docker.io/library/node:24-bookworm-slim";

const DEBIAN_RELEASE = "bookworm";
const DEBOOTSTRAP_TIMEOUT_MS = 10 * 60_000;

/**
 * The base image to build on: the real one where it is there or a registry gives it, and otherwise a stand-in of the same
 * Debian release and this process's Node, made once from Debian's packages.
 *
 * @throws Error that says how to go on, where there is neither
 */
export async function findBaseImage(tool: ContainerTool, progress: Progress): Promise<string> {
  if (await tool.has(BASE_IMAGE)) return BASE_IMAGE;
  const standIn = `localhost/rolecall-base:${DEBIAN_RELEASE}-node-${process.versions.node}`;
  if (await tool.has(standIn)) return standIn;
  try {
    await progress.step(`pulled ${BASE_IMAGE}`, () => tool.pull(BASE_IMAGE));
    return BASE_IMAGE;
  } catch (cause) {
    if (findOnPath("debootstrap") === undefined || process.getuid?.() !== 0) {
      const cure = "name another with --base-image, or be root on Debian with debootstrap to have a stand-in made";
      throw new Error(`${BASE_IMAGE} cannot be pulled: ${cure}`, { cause });
    }
  }
  await progress.step(`made ${standIn}, as no registry is reached`, () => makeStandIn(tool, standIn));
  return standIn;
}

async function makeStandIn(tool: ContainerTool, image: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "rolecall-base-"));
  const root = join(dir, "root");
  try {
    await run("debootstrap", ["--variant=minbase", DEBIAN_RELEASE, root], { timeoutMs: DEBOOTSTRAP_TIMEOUT_MS });
    rmSync(join(root, "var/cache/apt/archives"), { recursive: true, force: true });
    mkdirSync(join(root, "usr/local/bin"), { recursive: true });
    copyFileSync(process.execPath, join(root, "usr/local/bin/node"));
    const dockerfile = join(dir, "Dockerfile");
    writeFileSync(
      dockerfile,
      "FROM scratch\nCOPY . /\nENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n",
    );
    await tool.build({ dockerfile, context: root, tag: image });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
