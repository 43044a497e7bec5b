import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Where what was built once is kept; it may be deleted at any time. */
export const CACHE_DIR = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "rolecall-cluster", "bin");

export const KUBERNETES_VERSION = "1.34.4";

/** Built from the module in packages/e2e/tools/kubernetes, which pins their version. */
export const KUBERNETES_PROGRAMS = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-proxy",
  "kube-scheduler",
  "kubectl",
  "kubelet",
] as const;

/** Built with `go install`, which takes the version of every part from the program's own module. */
export const GO_PROGRAMS = {
  coredns: "github.com/coredns/coredns@v1.12.4",
  helm: "helm.sh/helm/v3/cmd/helm@v3.19.5",
} as const;

export type Program = (typeof KUBERNETES_PROGRAMS)[number] | keyof typeof GO_PROGRAMS | "etcd";

/** Any version of these will do, so the machine's own is taken where there is one. */
const MACHINE_PROGRAMS: readonly Program[] = ["etcd", "kubectl"];

/** The path of a program, or undefined where it has to be built or installed first. */
export function findProgram(name: Program): string | undefined {
  const own = join(CACHE_DIR, name);
  if (isExecutable(own)) return own;
  return MACHINE_PROGRAMS.includes(name) ? findOnPath(name) : undefined;
}

/** @throws Error that says how to get it */
export function programPath(name: Program): string {
  const path = findProgram(name);
  if (path === undefined) {
    throw new Error(`${name} is missing: run \`node packages/e2e/src/cluster/main.ts prepare\` first`);
  }
  return path;
}

export function findOnPath(name: string): string | undefined {
  // Debian keeps network tools in directories that are only on root's PATH.
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

/** The directories where distributions put the CNI plugins. */
const CNI_DIRECTORIES = ["/usr/lib/cni", "/opt/cni/bin"] as const;

/** The directory that holds the CNI plugins the nodes use. */
export function findCniPrograms(): string | undefined {
  return CNI_DIRECTORIES.find((directory) => isExecutable(join(directory, "ptp")));
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
