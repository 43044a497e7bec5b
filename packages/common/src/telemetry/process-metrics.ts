import { collectDefaultMetrics, Gauge, type Registry } from "prom-client";

/** Gauges whose names end as a counter's must; what they count is in `nodejs_active_resources` and its like. */
const MISNAMED = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

/**
 * What every process tells of itself: the usual `process_*` and `nodejs_*`, and which build it is.
 *
 * @param prefix such as `rolecall_server`
 */
export function observeProcess(registry: Registry, prefix: string, version: string): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  new Gauge({
    name: `${prefix}_build_info`,
    help: "1, with the version of the program and of Node that runs it",
    labelNames: ["version", "node"],
    registers: [registry],
  }).set({ version, node: process.version }, 1);
}
