/** How Prometheus finds the processes: by the pods' annotations, or as the Operator has it from a PodMonitor. */
export type Discovery = "annotations" | "pod-monitor";

export interface PrometheusConfig {
  /** Of the release's pods, as discovery would find them. */
  readonly targetFile: string;
  readonly ruleFiles: readonly string[];
  readonly discovery: Discovery;
}

interface Relabel {
  readonly source_labels?: readonly string[];
  readonly regex?: string;
  readonly action?: "keep" | "replace";
  readonly replacement?: string;
  readonly target_label?: string;
}

const POD = "__meta_kubernetes_pod";

/** As the example configuration of Prometheus has it, which most installations started from. */
const BY_ANNOTATION: readonly Relabel[] = [
  { source_labels: [`${POD}_annotation_prometheus_io_scrape`], action: "keep", regex: "true" },
  {
    source_labels: [`${POD}_annotation_prometheus_io_path`],
    action: "replace",
    target_label: "__metrics_path__",
    regex: "(.+)",
  },
  {
    source_labels: ["__address__", `${POD}_annotation_prometheus_io_port`],
    action: "replace",
    regex: "([^:]+)(?::\\d+)?;(\\d+)",
    replacement: "$1:$2",
    target_label: "__address__",
  },
];

const ofComponent = (component: string): readonly Relabel[] => [
  { source_labels: [`${POD}_label_app_kubernetes_io_instance`], action: "keep", regex: "rolecall" },
  { source_labels: [`${POD}_label_app_kubernetes_io_component`], action: "keep", regex: component },
];

/** What the Prometheus Operator makes of the chart's PodMonitors: a job each, of their selector and what stands in them. */
const BY_POD_MONITOR: Readonly<Record<string, readonly Relabel[]>> = {
  server: [
    ...ofComponent("server"),
    { source_labels: [`${POD}_container_port_name`], action: "keep", regex: "metrics" },
    { source_labels: [`${POD}_container_name`], target_label: "container" },
  ],
  agent: [
    ...ofComponent("agent"),
    { source_labels: [`${POD}_container_name`], target_label: "container" },
    { source_labels: [`${POD}_container_name`], action: "keep", regex: "agent" },
    { source_labels: [`${POD}_ip`], regex: "([0-9.]+)", replacement: "$1:9620", target_label: "__address__" },
  ],
};

const JOBS: Readonly<Record<Discovery, Readonly<Record<string, readonly Relabel[]>>>> = {
  annotations: { pods: BY_ANNOTATION },
  "pod-monitor": BY_POD_MONITOR,
};

/** The configuration as JSON, which YAML contains. Everything comes a second after it happened, since a test waits for it. */
export function prometheusConfig({ targetFile, ruleFiles, discovery }: PrometheusConfig): string {
  return JSON.stringify({
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: ruleFiles,
    scrape_configs: Object.entries(JOBS[discovery]).map(([job, relabels]) => ({
      job_name: job,
      file_sd_configs: [{ files: [targetFile] }],
      relabel_configs: [...relabels, { source_labels: [`${POD}_node_name`], target_label: "node" }],
    })),
  });
}

/** The chart's rules, without the time that a state has to last. */
export const withoutPatience = (rules: string): string => rules.replace(/^ +for: .*\n/gm, "");
