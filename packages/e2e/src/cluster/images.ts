import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { go, TOOLS_DIR } from "./build-programs.ts";
import { PAUSE_IMAGE } from "./node-config.ts";
import { CACHE_DIR } from "./programs.ts";
import type { Progress } from "./progress.ts";
import { run } from "./run.ts";

/**
 * An image whose container asks for credentials as its very first act and prints one JSON line about it
 * (tools/first-request). It holds nothing else.
 */
export const CLIENT_IMAGE = "localhost/rolecall-client:1";

/** The archive of the image of which each pod's first container is made. */
export const pauseArchive = () => join(CACHE_DIR, "pause.tar");

/** The archive of CLIENT_IMAGE; another one when its source has changed. */
export function clientArchive(): string {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "main.go"]) hash.update(readFileSync(join(TOOLS_DIR, "first-request", file)));
  return join(CACHE_DIR, `client-${hash.digest("hex").slice(0, 12)}.tar`);
}

/** Builds the images that the cache does not have. */
export async function buildImages(progress: Progress): Promise<void> {
  if (!existsSync(pauseArchive())) await progress.step("built the pause image", buildPauseImage);
  if (!existsSync(clientArchive())) await progress.step("built the client image", buildClientImage);
}

/** Waits to be ended, which it does at once, and reaps what is orphaned in the pod. */
const PAUSE_SOURCE = `
#include <signal.h>
#include <unistd.h>
static void leave(int signal) { (void)signal; _exit(0); }
int main(void) {
  signal(SIGTERM, leave);
  signal(SIGINT, leave);
  signal(SIGCHLD, SIG_IGN);
  for (;;) pause();
}
`;

const buildPauseImage = () =>
  inTemporaryDirectory(async (dir) => {
    writeFileSync(join(dir, "pause.c"), PAUSE_SOURCE);
    await run("gcc", ["-static", "-O2", "-o", "pause", "pause.c"], { cwd: dir });
    await buildFromScratch(dir, "pause", PAUSE_IMAGE, pauseArchive());
  });

const buildClientImage = () =>
  inTemporaryDirectory(async (dir) => {
    await go(["build", "-trimpath", "-ldflags", "-s -w", "-o", join(dir, "first-request"), "."], {
      cwd: join(TOOLS_DIR, "first-request"),
      env: { CGO_ENABLED: "0" },
    });
    await buildFromScratch(dir, "first-request", CLIENT_IMAGE, clientArchive());
  });

/** Makes an image of one static program, which is its entry point. */
async function buildFromScratch(dir: string, program: string, image: string, archive: string): Promise<void> {
  writeFileSync(join(dir, "Dockerfile"), `FROM scratch\nCOPY ${program} /${program}\nENTRYPOINT ["/${program}"]\n`);
  // A store of its own, which needs no overlay mounts and leaves nothing in the machine's.
  const buildah = (...args: string[]) =>
    run("buildah", ["--storage-driver=vfs", `--root=${dir}/store`, `--runroot=${dir}/store-run`, ...args], {
      cwd: dir,
    });
  await buildah("bud", "--isolation=chroot", "--quiet", `--tag=${image}`, "--file=Dockerfile", ".");
  mkdirSync(CACHE_DIR, { recursive: true });
  const draft = `${archive}.draft`;
  rmSync(draft, { force: true });
  await buildah("push", "--quiet", image, `oci-archive:${draft}:${image}`);
  renameSync(draft, archive);
}

async function inTemporaryDirectory(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "rolecall-image-"));
  try {
    await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
