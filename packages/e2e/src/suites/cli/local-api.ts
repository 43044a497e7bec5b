import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Cluster } from "../../cluster/cluster.ts";
import { programPath } from "../../cluster/programs.ts";

const LOCAL_API_PORT = 9621;

/** The status page as a browser gets it while kubectl forwards its port. */
export async function pageByPortForward({ kubeconfig }: Cluster, namespace: string, pod: string): Promise<string> {
  const forward = spawn(
    programPath("kubectl"),
    ["port-forward", `--namespace=${namespace}`, pod, `:${LOCAL_API_PORT}`],
    { env: { ...process.env, KUBECONFIG: kubeconfig }, stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    const [line] = (await once(createInterface({ input: forward.stdout }), "line")) as [string];
    const port = /127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    return await (await fetch(`http://127.0.0.1:${port}/`)).text();
  } finally {
    forward.kill();
  }
}

/** Whether a pod of another namespace gets a connection to the local API at the server's address. */
export async function reachedFromPod(cluster: Cluster, namespace: string, pod: string): Promise<boolean> {
  const { status } = await cluster.kubectl.get<{ status: { podIP: string } }>(["pod", pod, `--namespace=${namespace}`]);
  const url = `http://${status.podIP}:${LOCAL_API_PORT}/`;
  const { exitCode } = await cluster.podExec("shop", "web", ["curl", "-s", "--max-time", "2", url]);
  return exitCode === 0;
}
