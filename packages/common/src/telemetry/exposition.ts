import { type Metric, type OpenMetricsContentType, Registry } from "prom-client";

export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/**
 * The metrics in the format that the scraper likes best: OpenMetrics where its `Accept` header asks for that, as Prometheus
 * does since 2.5, and the older text format else.
 */
export async function expose(registry: Registry, accept: string | undefined): Promise<Exposition> {
  if (!prefersOpenMetrics(accept)) return { contentType: registry.contentType, body: await registry.metrics() };
  // prom-client strips `_total` from a counter's name for good when it writes OpenMetrics, so it is given copies.
  const copies = new Registry<OpenMetricsContentType>();
  copies.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const metric of await registry.getMetricsAsJSON()) {
    const name = String(metric.type) === "counter" ? metric.name.replace(/_total$/, "") : metric.name;
    copies.registerMetric({ ...metric, get: async () => ({ ...metric, name }) } as unknown as Metric);
  }
  return { contentType: copies.contentType, body: await copies.metrics() };
}

const OPEN_METRICS = "application/openmetrics-text";

/** RFC 9110 §12.5.1, as far as the two formats go: the greater `q` wins, OpenMetrics where they are equal. */
function prefersOpenMetrics(accept = ""): boolean {
  const weights = new Map<string, number>();
  for (const range of accept.toLowerCase().split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    weights.set(type, Math.max(weights.get(type) ?? 0, Number(weight ?? 1) || 0));
  }
  const wanted = weights.get(OPEN_METRICS) ?? 0;
  return wanted > 0 && wanted >= (weights.get("text/plain") ?? 0);
}
