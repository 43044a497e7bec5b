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

/** What the Event stands on, which is where a person looks: the pod that suffers, a node, or the server's own pod. */
export type EventPlace = "pod" | { readonly node: string } | "server";

export interface Fault {
  /** As a person would name it. */
  readonly name: string;
  /** A pod that suffers from it: `namespace/name`. */
  readonly pod: string;
  readonly inject: (scene: FaultScene) => Promise<void>;
  readonly heal?: (scene: FaultScene) => Promise<void>;
  /** The Event's reason, what its message says, and what it stands on: the pod, where nothing else is said. */
  readonly event: { readonly reason: string; readonly says: RegExp; readonly on?: EventPlace };
  /** A query that yields something greater than 0 while the fault lasts, or has lately. */
  readonly metric: string;
  /** A sentence in the log of a container, and a field that stands beside it. */
  readonly log: { readonly of: Component | "keeper"; readonly sentence: string; readonly field?: string };
  readonly alert: Labels;
  /** What `rolecall verify pod` says. */
  readonly verify: {
    /** The step at which it stops, or warns where the pod has credentials all the same. */
    readonly step: string;
    readonly warns?: true;
    /** The word that it gives, which `rolecall explain` knows. */
    readonly reason: string;
    readonly says?: RegExp;
  };
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

const PATIENCE_MS = 150_000;

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

interface SeenEvent {
  readonly message: string;
  readonly involvedObject: { readonly kind: string; readonly namespace?: string; readonly name: string };
}

/** Waits for the Event, and sees that it is told to whoever describes what it stands on. */
async function seenEvent({ kubectl }: Cluster, { event, pod }: Fault): Promise<string> {
  const { reason, says, on = "pod" } = event;
  const { namespace, fields, where } = placeOf(on, pod);
  const selector = [...fields, `reason=${reason}`].join(",");
  const subject = await eventually({ what: `an Event ${reason}${where}`, timeoutMs: PATIENCE_MS }, async () => {
    const { items } = await kubectl.get<{ items: readonly SeenEvent[] }>([
      "events",
      `--namespace=${namespace}`,
      `--field-selector=${selector}`,
    ]);
    return items.find(({ message }) => says.test(message))?.involvedObject;
  });
  const inNamespace = subject.namespace === undefined ? [] : [`--namespace=${subject.namespace}`];
  assert.match(
    await kubectl.run(["describe", subject.kind, subject.name, ...inNamespace]),
    new RegExp(`\\b${reason}\\b`),
  );
  return `\`${reason}\`${where}`;
}

function placeOf(on: EventPlace, pod: string) {
  if (on === "server")
    return { namespace: NAMESPACE, fields: ["involvedObject.kind=Pod"], where: " on the server's pod" };
  // Where Kubernetes keeps the Events of what has no namespace.
  if (on !== "pod") {
    const fields = ["involvedObject.kind=Node", `involvedObject.name=${on.node}`];
    return { namespace: "default", fields, where: " on the node" };
  }
  const [namespace = "", name = ""] = pod.split("/");
  return { namespace, fields: ["involvedObject.kind=Pod", `involvedObject.name=${name}`], where: "" };
}

async function seenMetric(prometheus: Prometheus, { metric }: Fault): Promise<string> {
  await eventually({ what: `${metric} above 0`, timeoutMs: PATIENCE_MS, everyMs: 500 }, async () =>
    (await prometheus.query(metric)).some(({ value }) => value > 0),
  );
  return `\`${metric}\``;
}

async function seenLog({ kubectl }: Cluster, { log: { of, sentence, field = "" } }: Fault): Promise<string> {
  const selector = `--selector=app.kubernetes.io/component=${of === "keeper" ? "agent" : of}`;
  const container = `--container=${of}`;
  await eventually(
    { what: `"${sentence}" in a log of the ${of}`, timeoutMs: PATIENCE_MS, everyMs: 1_000 },
    async () => {
      const logs = await kubectl.run(["logs", `--namespace=${NAMESPACE}`, selector, container, "--tail=-1"]);
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

/** Runs the command until it names the fault, and sees that it can explain it. */
async function seenByVerify(cluster: Cluster, { verify, pod }: Fault): Promise<string> {
  const { step, warns = false, reason, says = /^/ } = verify;
  const line = new RegExp(`^${warns ? "warn" : "FAILED"} +${step} `, "m");
  const does = warns ? "warns" : "stops";
  await eventually({ what: `verify ${does} at "${step}"`, timeoutMs: PATIENCE_MS, everyMs: 1_000 }, async () => {
    const { exitCode, stdout, stderr } = await onLaptop(cluster, ["verify", "pod", pod]);
    assert.match(`${stdout}${stderr}`, line);
    assert.match(stdout, new RegExp(`rolecall explain ${reason}\\b`));
    assert.match(stdout, says);
    assert.equal(exitCode, warns ? 0 : 1, stdout);
    return true;
  });
  const explained = await onLaptop(cluster, ["explain", reason]);
  assert.equal(explained.exitCode, 0, explained.stderr);
  return `${does} at ${step}: \`${reason}\``;
}
