import { renameSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "../../cluster/cluster.ts";
import { NAMESPACE } from "../install/helm.ts";

interface Container {
  readonly name: string;
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
}

interface ScrapedPod {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
  readonly status: { readonly podIP?: string };
}

const POD = "__meta_kubernetes_pod";

/**
 * What Prometheus' discovery of pods yields: a target for each port that a container declares, or one for a container that
 * declares none, with the pod's labels and annotations. Debian's Prometheus is built without that discovery, so it is read to it from a file.
 * Source: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#pod
 */
function targetsOf({ metadata, spec, status }: ScrapedPod): object[] {
  const meta = (kind: string, values: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [`${POD}_${kind}_${name.replace(/[^a-zA-Z0-9_]/g, "_")}`, value]),
    );
  const labels = {
    ...meta("label", metadata.labels),
    ...meta("annotation", metadata.annotations),
    [`${POD}_ip`]: status.podIP ?? "",
    [`${POD}_node_name`]: spec.nodeName ?? "",
  };
  return [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ name, ports = [{ containerPort: 0 }] }) =>
    ports.map(({ name: port = "", containerPort }) => ({
      targets: [containerPort === 0 ? status.podIP : `${status.podIP}:${containerPort}`],
      labels: { ...labels, [`${POD}_container_name`]: name, [`${POD}_container_port_name`]: port },
    })),
  );
}

/** Keeps a file of the release's pods for Prometheus up to date, until the signal aborts. */
export async function followPods({ kubectl }: Cluster, file: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const pods = kubectl.get<{ items: readonly ScrapedPod[] }>(["pods", `--namespace=${NAMESPACE}`]);
    // What was found before stands while the API server does not answer.
    const { items } = await pods.catch(() => ({ items: undefined }));
    if (items) {
      writeFileSync(`${file}.new`, JSON.stringify(items.filter(({ status }) => status.podIP).flatMap(targetsOf)));
      renameSync(`${file}.new`, file);
    }
    await delay(1_000, undefined, { signal }).catch(() => {});
  }
}
