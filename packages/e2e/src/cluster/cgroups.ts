import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = "/sys/fs/cgroup";

/** A node's cgroup, below which its kubelet makes those of the pods. */
export const cgroupName = (node: string) => `rolecall-${node}`;

/** With version 2 all controllers share one tree; with version 1 each has its own. */
const isUnified = () => existsSync(join(ROOT, "cgroup.controllers"));

const trees = () => (isUnified() ? [ROOT] : readdirSync(ROOT).map((controller) => join(ROOT, controller)));

/** Makes the node's cgroup in every controller: the kubelet refuses a root that lacks in one. */
export function makeCgroup(node: string): void {
  const name = cgroupName(node);
  if (isUnified()) {
    const controllers = readFileSync(join(ROOT, "cgroup.controllers"), "utf8").trim().split(" ");
    writeFileSync(join(ROOT, "cgroup.subtree_control"), controllers.map((each) => `+${each}`).join(" "));
  }
  for (const tree of trees()) {
    const dir = join(tree, name);
    mkdirSync(dir, { recursive: true });
    // In version 1 a new cpuset is empty, and no process can enter an empty one.
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      if (!isUnified() && existsSync(join(tree, file))) writeFileSync(join(dir, file), readFileSync(join(tree, file)));
    }
  }
}

/**
 * Removes the node's cgroups in every controller.
 *
 * @returns false while one still holds a process: the kernel takes a moment to see that they have ended
 */
export function removeCgroup(node: string): boolean {
  return trees()
    .map((tree) => removeTree(join(tree, cgroupName(node))))
    .every(Boolean);
}

function removeTree(dir: string): boolean {
  if (!existsSync(dir)) return true;
  const children = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  if (!children.map(({ name }) => removeTree(join(dir, name))).every(Boolean)) return false;
  try {
    rmdirSync(dir);
    return true;
  } catch {
    return false;
  }
}
