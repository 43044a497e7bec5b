import { ClusterProcess } from "../processes/cluster-process.ts";
import { FleetProcess } from "../processes/fleet-process.ts";
import { startServerProcess } from "../processes/server-process.ts";
import { cpuSeconds } from "../processes/usage.ts";
import type { Workbench } from "./workbench.ts";

export interface RefreshResults {
  readonly assumptions: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Credentials obtained from STS and fed to an agent, for each second of the server's processor time. */
  readonly perCpuSecond: number;
}

const NODE = "node-0";

/** What credentials cost a server: the same whether they are the first of their assumption or replace older ones. */
export async function measureRefresh(bench: Workbench): Promise<RefreshResults> {
  const assumptions = bench.quick ? 300 : 2_000;
  bench.say(`refresh: ${assumptions} assumptions`);
  const cluster = await ClusterProcess.start();
  const server = await startServerProcess(cluster, {
    dist: bench.dist,
    image: bench.images.server,
    // The budget exists to spare STS; here it would only make the machine wait.
    flags: ["--sts-rate=500", "--sts-burst=1000"],
  });
  const fleet = new FleetProcess();
  try {
    await fleet.connect(cluster, server.brokerPort, [NODE]);
    const cpu = cpuSeconds(server.child.pid);
    const beganMs = performance.now();
    const orders = Array.from({ length: assumptions }, (_, index) => ({
      name: `pod-${index}`,
      node: NODE,
      role: `role-${index}`,
    }));
    const created = await cluster.create(orders);
    await server.child.orEnded(fleet.ready(created.map(({ uid }) => uid)));
    const used = cpuSeconds(server.child.pid) - cpu;
    return {
      assumptions,
      seconds: Number(((performance.now() - beganMs) / 1_000).toFixed(2)),
      cpuSeconds: Number(used.toFixed(2)),
      perCpuSecond: Math.round(assumptions / used),
    };
  } finally {
    await fleet.child.stop();
    await server.child.stop();
    await cluster.child.stop();
  }
}
