// Many agents in one process, to learn when what happens in the cluster has reached their views.
import { monotonicMs } from "../cluster/orders.ts";
import { connectAgent } from "./fleet-agent.ts";
import type { FleetOrder, ReadyTimes } from "./orders.ts";

const readyAtMs = new Map<string, number>();
let onProgress = () => {};

function onReady(uid: string): void {
  readyAtMs.set(uid, monotonicMs());
  onProgress();
}

function whenReady(uids: readonly string[]): Promise<ReadyTimes> {
  return new Promise((resolve) => {
    onProgress = () => {
      const times = uids.flatMap((uid) => readyAtMs.get(uid) ?? []);
      if (times.length === uids.length) resolve(times);
    };
    onProgress();
  });
}

async function obey(order: FleetOrder): Promise<unknown> {
  if (order.order === "ready") return whenReady(order.uids);
  const { brokerPort, tls, nodes } = order;
  await Promise.all(nodes.map((node) => connectAgent({ ...node, brokerPort, tls, onReady })));
  return undefined;
}

process.on("message", (order: FleetOrder) => void obey(order).then((answer) => process.send?.({ answer })));
process.on("disconnect", () => process.exit());
