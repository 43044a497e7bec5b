import { strict as assert } from "node:assert";
import type { Authority } from "@rolecall/sandbox/certs/authority";
import type { Cluster } from "../../cluster/cluster.ts";
import { eventually } from "../../support/eventually.ts";
import { onLaptop } from "../cli/rolecall.ts";
import { NAMESPACE } from "../install/helm.ts";
import type { Scene } from "../install/scene.ts";
import type { Component } from "../install/workloads.ts";
import type { Labels, Prometheus } from "./prometheus.ts";

export interface FaultScene extends Scene {
  readonly prometheus: Prometheus;
  readonly authority: Authority;
}

/** A sign that is not to be had, and why. */
export interface NoSign {
  readonly none: string;
}

export interface Fault {
  /** As a person would name it. */
  readonly name: string;
  /** A pod that suffers from it: `namespace/name`. */
  readonly pod: string;
  readonly inject: (scene: FaultScene) => Promise<void>;
  readonly heal?: (scene: FaultScene) => Promise<void>;
  /** The reason of the Event on the pod, and what its message says. */
  readonly event: { readonly reason: string; readonly says: RegExp } | NoSign;
  /** A query that yields something greater than 0 while the fault lasts, or has lately. */
  readonly metric: string;
  /** A sentence of the log, and a field that stands beside it. */
  readonly log: { readonly of: Component; readonly sentence: string; readonly field?: string };
  readonly alert: Labels;
  /** The step at which `rolecall verify pod` stops, and what it says. */
  readonly verify: { readonly step: string; readonly says: RegExp } | NoSign;
}

/** The signs as they were seen, one text a column. */
export interface Signs {
  readonly fault: string;
  readonly event: string;
  readonly metric: string;
  readonly log: string;
  readonly alert: string;
  readonly verify: string;
}

const PATIENCE_MS = 100_000;

/** Injects a fault, waits until everything that is to name it does, and heals it. */
export async function observe(scene: FaultScene, fault: Fault): Promise<Signs> {
  await fault.inject(scene);
  try {
    const [event, metric, log, alert, verify] = await Promise.all([
      seenEvent(scene.cluster, fault),
      seenMetric(scene.prometheus, fault),
      seenLog(scene.cluster, fault),
      seenAlert(scene.prometheus, fault),
      seenByVerify(scene.cluster, fault),
    ]);
    return { fault: fault.name, event, metric, log, alert, verify };
  } finally {
    await fault.heal?.(scene);
  }
}

async function seenEvent({ kubectl }: Cluster, { event, pod }: Fault): Promise<string> {
  if ("none" in event) return event.none;
  const [namespace = "", name = ""] = pod.split("/");
  return eventually({ what: `an Event ${event.reason} on ${pod}`, timeoutMs: PATIENCE_MS }, async () => {
    const { items } = await kubectl.get<{ items: readonly { readonly message: string }[] }>([
      "events",
      `--namespace=${namespace}`,
      `--field-selector=involvedObject.name=${name},reason=${event.reason}`,
    ]);
    return items.some(({ message }) => event.says.test(message)) && `\`${event.reason}\``;
  });
}

async function seenMetric(prometheus: Prometheus, { metric }: Fault): Promise<string> {
  await eventually({ what: `${metric} above 0`, timeoutMs: PATIENCE_MS, everyMs: 500 }, async () =>
    (await prometheus.query(metric)).some(({ value }) => value > 0),
  );
  return `\`${metric}\``;
}

async function seenLog({ kubectl }: Cluster, { log: { of, sentence, field = "" } }: Fault): Promise<string> {
  const selector = `--selector=app.kubernetes.io/component=${of}`;
  await eventually(
    { what: `"${sentence}" in a log of the ${of}`, timeoutMs: PATIENCE_MS, everyMs: 1_000 },
    async () => {
      const logs = await kubectl.run(["logs", `--namespace=${NAMESPACE}`, selector, "--all-containers", "--tail=-1"]);
      return logs.split("\n").some((line) => line.includes(`"msg":"${sentence}`) && line.includes(field));
    },
  );
  return `${of}: ${sentence}${field === "" ? "" : ` (\`${field.replaceAll('"', "")}\`)`}`;
}

async function seenAlert(prometheus: Prometheus, { alert }: Fault): Promise<string> {
  const wanted = Object.entries(alert);
  await eventually(
    { what: `a firing alert ${JSON.stringify(alert)}`, timeoutMs: PATIENCE_MS, everyMs: 500 },
    async () => (await prometheus.firing()).some((labels) => wanted.every(([name, value]) => labels[name] === value)),
  );
  const { alertname = "", ...others } = alert;
  const braces = Object.entries(others).map(([name, value]) => `${name}="${value}"`);
  return `[${alertname}](runbook.md#${alertname.toLowerCase()})${braces.length > 0 ? ` \`{${braces.join(", ")}}\`` : ""}`;
}

async function seenByVerify(cluster: Cluster, { verify, pod }: Fault): Promise<string> {
  if ("none" in verify) return verify.none;
  const failed = new RegExp(`^FAILED +${verify.step}`, "m");
  await eventually({ what: `verify to stop at "${verify.step}"`, timeoutMs: PATIENCE_MS, everyMs: 1_000 }, async () => {
    const { stdout, stderr } = await onLaptop(cluster, ["verify", "pod", pod]);
    assert.match(`${stdout}${stderr}`, failed);
    assert.match(stdout, verify.says);
    return true;
  });
  return `stops at ${verify.step}`;
}
