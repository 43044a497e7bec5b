import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  CACHE_DIR,
  findOnPath,
  findProgram,
  GO_PROGRAMS,
  KUBERNETES_PROGRAMS,
  KUBERNETES_VERSION,
  type Program,
} from "./programs.ts";
import type { Progress } from "./progress.ts";
import { run } from "./run.ts";

/** The directory of the Go sources and version pins that belong to these tests. */
export const TOOLS_DIR = join(import.meta.dirname, "..", "..", "tools");

/** Kubernetes takes minutes a program on a small machine when Go's build cache is empty. */
const BUILD_TIMEOUT_MS = 30 * 60_000;

/** Builds the programs that neither the cache nor the machine has. */
export async function buildPrograms(progress: Progress): Promise<void> {
  const missing = [...KUBERNETES_PROGRAMS, ...(Object.keys(GO_PROGRAMS) as (keyof typeof GO_PROGRAMS)[])].filter(
    (name) => findProgram(name) === undefined,
  );
  for (const [index, name] of missing.entries()) {
    progress.say(`building ${name}, ${index + 1} of ${missing.length}`);
    await progress.step(`built ${name}`, () => buildProgram(name));
  }
}

/** @throws Error when there is no Go, or it cannot build the program */
export async function buildProgram(name: Exclude<Program, "etcd">): Promise<void> {
  mkdirSync(CACHE_DIR, { recursive: true });
  // In the cache's own file system, so that a program appears there whole or not at all.
  const draft = mkdtempSync(join(CACHE_DIR, ".build-"));
  try {
    if (name in GO_PROGRAMS) {
      await go(["install", GO_PROGRAMS[name as keyof typeof GO_PROGRAMS]], { cwd: draft, env: { GOBIN: draft } });
    } else {
      const module = join(TOOLS_DIR, "kubernetes");
      await go(
        ["build", "-ldflags", kubernetesLinkerFlags(), "-o", join(draft, name), `k8s.io/kubernetes/cmd/${name}`],
        {
          cwd: module,
        },
      );
    }
    renameSync(join(draft, name), join(CACHE_DIR, name));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * Runs Go.
 *
 * @returns standard output
 */
export async function go(
  args: readonly string[],
  options: { cwd: string; env?: Readonly<Record<string, string>> },
): Promise<string> {
  const command = findOnPath("go");
  if (command === undefined) {
    throw new Error("go is missing: install Go 1.25 or newer (https://go.dev/dl) to build the cluster's programs once");
  }
  return run(command, args, { ...options, timeoutMs: BUILD_TIMEOUT_MS });
}

/** Without these Kubernetes calls itself v0.0.0, which clients and the kubelet's version check refuse. */
function kubernetesLinkerFlags(): string {
  const [major, minor] = KUBERNETES_VERSION.split(".");
  const set = (name: string, value: string | undefined) => `-X k8s.io/component-base/version.${name}=${value}`;
  return ["-s -w", set("gitVersion", `v${KUBERNETES_VERSION}`), set("gitMajor", major), set("gitMinor", minor)].join(
    " ",
  );
}
