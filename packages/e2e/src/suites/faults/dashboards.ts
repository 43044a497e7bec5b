import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CHART } from "../install/helm.ts";
import type { Prometheus } from "./prometheus.ts";

interface DashboardFile {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

/** @returns the panels whose queries yield nothing, as `title: query` */
export async function panelsWithoutData(
  prometheus: Prometheus,
  file: string,
  node: string,
): Promise<readonly string[]> {
  const { panels } = JSON.parse(readFileSync(join(CHART, "files", "dashboards", file), "utf8")) as DashboardFile;
  const queries = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
  if (queries.length < 20) throw new Error(`${file} has only ${queries.length} queries`);
  const empty: string[] = [];
  for (const { title, expr } of queries) {
    const asked = expr.replaceAll("$__rate_interval", "1m").replaceAll("$node", node);
    if ((await prometheus.query(asked)).length === 0) empty.push(`${title}: ${asked}`);
  }
  return empty;
}
