// Kubernetes, STS and a certificate authority in a process of their own, so that their work is not counted as the server's.
import { startSandbox } from "@rolecall/sandbox/system/sandbox";
import type { ClusterOrder, ClusterReady } from "./orders.ts";
import { Population } from "./population.ts";

const sandbox = await startSandbox();
const population = new Population(sandbox.kubernetes.workloads);

async function obey(order: ClusterOrder): Promise<unknown> {
  switch (order.order) {
    case "populate":
      return population.grow(order);
    case "churn":
      return population.churn(order.perSecond, order.durationMs);
    case "tokens":
      return order.nodes.map((node) => sandbox.agentToken(node));
    case "create":
      return population.create(order.pods);
    case "delete":
      return population.delete(order.names);
  }
}

process.on("message", (order: ClusterOrder) => void obey(order).then((answer) => process.send?.({ answer })));
process.on("disconnect", () => process.exit());
process.on("SIGTERM", () => void sandbox.stop().then(() => process.exit()));
process.send?.({ directory: sandbox.file("."), stsUrl: sandbox.sts.url } satisfies ClusterReady);
