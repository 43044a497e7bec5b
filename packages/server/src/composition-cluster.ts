import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import type { Registry } from "prom-client";
import { ClusterEvents } from "./adapters/kubernetes/cluster-events.ts";
import type { KubernetesHttpApi } from "./adapters/kubernetes/kubernetes-api.ts";
import { KubernetesPodReader } from "./adapters/kubernetes/pod-reader.ts";
import { Reflector } from "./adapters/kubernetes/reflector.ts";
import { NAMESPACES, PODS } from "./adapters/kubernetes/watched-resource.ts";
import { WatchMetrics } from "./adapters/telemetry/watch-metrics.ts";
import type { EventRecorder } from "./application/ports/event-recorder.ts";
import type { PodReader } from "./application/ports/pod-reader.ts";
import { NamespaceInventory } from "./domain/namespace/namespace-inventory.ts";
import { PodInventory } from "./domain/pod/pod-inventory.ts";

export interface WatchedClusterOptions {
  readonly api: KubernetesHttpApi;
  /** Hears when all of a kind is known for the first time. */
  readonly onListed: (kind: "pods" | "namespaces") => void;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

export interface WatchedCluster {
  readonly pods: PodInventory;
  readonly namespaces: NamespaceInventory;
  readonly podReader: PodReader;
  readonly events: EventRecorder;
  /** For how long a watch has brought nothing, by resource. */
  readonly staleSeconds: () => ReadonlyMap<string, number>;
  readonly tasks: readonly Task[];
}

/** What the server knows of the cluster, and what it tells it. */
export function watchCluster({ api, onListed, registry, clock, random, log }: WatchedClusterOptions): WatchedCluster {
  const recorder = new WatchMetrics(registry);
  const [pods, namespaces] = [new PodInventory(), new NamespaceInventory()];
  const events = new ClusterEvents({ api, clock, log, onOutcome: (outcome) => recorder.eventEnded(outcome) });
  const reflected = { api, recorder, clock, random, log };
  const podWatch = new Reflector({ ...reflected, resource: PODS, sink: pods, onSynced: () => onListed("pods") });
  const namespaceWatch = new Reflector({
    ...reflected,
    resource: NAMESPACES,
    sink: namespaces,
    onSynced: () => onListed("namespaces"),
  });
  const staleSeconds = ({ staleSinceMs }: { readonly staleSinceMs: number | undefined }) =>
    staleSinceMs === undefined ? 0 : Math.max(0, clock.nowMs() - staleSinceMs) / 1_000;
  return {
    pods,
    namespaces,
    podReader: new KubernetesPodReader(api),
    events,
    staleSeconds: () =>
      new Map([
        [PODS.name, staleSeconds(podWatch)],
        [NAMESPACES.name, staleSeconds(namespaceWatch)],
      ]),
    tasks: [podWatch.run, namespaceWatch.run, events.run],
  };
}
