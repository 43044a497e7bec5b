import { expect, test } from "@jest/globals";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { expose } from "./exposition.ts";

const PROMETHEUS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

function aRegistry(): Registry {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: "calls_total", help: "Calls", labelNames: ["outcome"], registers }).inc({ outcome: "ok" }, 2);
  new Gauge({ name: "pods", help: "Pods", registers }).set(3);
  new Histogram({ name: "call_seconds", help: "Time", buckets: [0.1], registers }).observe(0.05);
  return registry;
}

const OPEN_METRICS_TEXT = `# HELP calls Calls
# TYPE calls counter
calls_total{outcome="ok"} 2
# HELP pods Pods
# TYPE pods gauge
pods 3
# HELP call_seconds Time
# TYPE call_seconds histogram
call_seconds_bucket{le="0.1"} 1
call_seconds_bucket{le="+Inf"} 1
call_seconds_sum 0.05
call_seconds_count 1
# EOF
`;

test("Prometheus is given OpenMetrics", async () => {
  const { contentType, body } = await expose(aRegistry(), PROMETHEUS);
  expect(contentType).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
  expect(body).toBe(OPEN_METRICS_TEXT);
});

test.each([
  undefined,
  "",
  "*/*",
  "text/plain",
  "application/openmetrics-text;q=0",
  "text/plain,application/openmetrics-text;q=0.4",
])("whoever accepts %s is given the older text format", async (accept) => {
  const { contentType, body } = await expose(aRegistry(), accept);
  expect(contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(body).toContain('# TYPE calls_total counter\ncalls_total{outcome="ok"} 2\n');
});

test("a scrape in one format leaves the next in the other as it was", async () => {
  const registry = aRegistry();
  const before = await expose(registry, undefined);
  await expose(registry, PROMETHEUS);
  expect(await expose(registry, undefined)).toEqual(before);
  expect((await expose(registry, PROMETHEUS)).body).toBe(OPEN_METRICS_TEXT);
});
