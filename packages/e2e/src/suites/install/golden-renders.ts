import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../../cluster/cluster.ts";
import { CHART } from "./helm.ts";

/** Kinds of operators that the cluster does not have. */
const FOREIGN_KINDS = /^apiVersion: (cert-manager\.io|monitoring\.coreos\.com)\//m;

/**
 * Lets the API server judge what the chart renders for each way of running it, as if it were applied.
 *
 * @throws CommandFailed with what the API server finds wrong
 */
export async function acceptedByTheApi({ kubectl }: Cluster): Promise<void> {
  const renders = globSync(join(CHART, "tests", "golden", "*.yaml"));
  if (renders.length < 6) throw new Error(`only ${renders.length} renders to try`);
  for (const file of renders) {
    const objects = readFileSync(file, "utf8")
      .split(/^---$/m)
      .filter((object) => !FOREIGN_KINDS.test(object));
    await kubectl.run(["apply", "--dry-run=server", "--validate=strict", "--filename=-"], {
      input: objects.join("\n---\n"),
    });
  }
}
