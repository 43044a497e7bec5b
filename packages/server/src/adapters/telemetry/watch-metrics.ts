import { Counter, Gauge, type Registry } from "prom-client";
import type { WatchRecorder } from "../../application/ports/watch-recorder.ts";

/** How well the server follows the Kubernetes API, and what came of its Events. */
export class WatchMetrics implements WatchRecorder {
  readonly #objects: Gauge<"resource">;
  readonly #heard: Gauge<"resource">;
  readonly #ends: Counter<"resource" | "end">;
  readonly #malformed: Counter<"resource">;
  readonly #events: Counter<"outcome">;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#objects = new Gauge({
      name: "rolecall_server_listed_objects",
      help: "Objects that the last list of a resource held",
      labelNames: ["resource"],
      registers,
    });
    this.#heard = new Gauge({
      name: "rolecall_server_watch_heard_timestamp_seconds",
      help: "When a watch last brought a change or a sign of life, seconds since 1970",
      labelNames: ["resource"],
      registers,
    });
    this.#ends = new Counter({
      name: "rolecall_server_watch_ends_total",
      help: "Watches that ended: closed in the ordinary course, expired (listed anew), silent or failed",
      labelNames: ["resource", "end"],
      registers,
    });
    // A counter that first appears at 1 has not risen for whoever watches its rate.
    for (const resource of ["pods", "namespaces"]) {
      for (const end of ["closed", "expired", "silent", "failed"]) this.#ends.inc({ resource, end }, 0);
    }
    this.#malformed = new Counter({
      name: "rolecall_server_malformed_objects_total",
      help: "Objects and lines of the Kubernetes API that could not be read and were skipped",
      labelNames: ["resource"],
      registers,
    });
    this.#events = new Counter({
      name: "rolecall_server_events_total",
      help: "Events on pods and nodes: created, repeated (shown lately), dropped (too many at once) or failed",
      labelNames: ["outcome"],
      registers,
    });
  }

  listed(resource: string, objects: number): void {
    this.#objects.set({ resource }, objects);
  }

  heard(resource: string, atMs: number): void {
    this.#heard.set({ resource }, atMs / 1_000);
  }

  watchEnded(resource: string, end: string): void {
    this.#ends.inc({ resource, end });
  }

  malformed(resource: string, count: number): void {
    this.#malformed.inc({ resource }, count);
  }

  eventEnded(outcome: string): void {
    this.#events.inc({ outcome });
  }
}
