import { Gauge, type Registry } from "prom-client";
import { type Lifespan, lifeLeft, REMAINING_CLASSES, remainingClass } from "../time/remaining-life.ts";

export interface HeldCredentials {
  /** Those that pods need now, expired ones included. */
  readonly held: () => readonly Lifespan[];
  readonly nowMs: () => number;
}

/** How long the credentials live that a process holds, read when Prometheus asks. @param prefix such as `rolecall_agent` */
export function observeCredentials(registry: Registry, prefix: string, { held, nowMs }: HeldCredentials): void {
  const registers = [registry];
  new Gauge({
    name: `${prefix}_credentials`,
    help: `Credentials held by what is left of their life: ${REMAINING_CLASSES.join(", ")}`,
    labelNames: ["remaining"],
    registers,
    collect() {
      for (const remaining of REMAINING_CLASSES) this.set({ remaining }, 0);
      for (const each of held()) this.inc({ remaining: remainingClass(each, nowMs()) });
    },
  });
  new Gauge({
    name: `${prefix}_credentials_least_life_left_ratio`,
    help: "The share of their life that is left of the credentials nearest to their end, 1 to 0; refreshed at 0.52 or more",
    registers,
    collect() {
      const shares = held().map((each) => lifeLeft(each, nowMs()));
      this.set(shares.length === 0 ? 1 : Math.min(...shares));
    },
  });
}
