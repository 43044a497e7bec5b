import { join } from "node:path";
import { untilReady } from "./agent-process.ts";
import { Child } from "./child.ts";
import type { ClusterProcess } from "./cluster-process.ts";
import { freePort } from "./free-port.ts";
import type { ImageCommand } from "./image-command.ts";

export interface ServerProcess {
  readonly child: Child;
  readonly brokerPort: number;
  /** From the start of the process until it knew every pod. */
  readonly readyAfterMs: number;
}

/** A real server, started as its image starts it, on a sandbox in another process. */
export async function startServerProcess(
  cluster: ClusterProcess,
  { dist, image, flags = [] }: { dist: string; image: ImageCommand; flags?: readonly string[] },
): Promise<ServerProcess> {
  const [brokerPort, adminPort, localPort] = [await freePort(), await freePort(), await freePort()];
  const beganMs = performance.now();
  const child = new Child({
    name: "the server",
    nodeFlags: image.nodeFlags,
    script: join(dist, image.bundle),
    args: [
      `--listen-address=127.0.0.1:${brokerPort}`,
      `--admin-address=127.0.0.1:${adminPort}`,
      `--local-api-address=127.0.0.1:${localPort}`,
      `--kubeconfig=${cluster.file("kubeconfig")}`,
      "--region=us-east-1",
      `--sts-endpoint=${cluster.stsUrl}`,
      `--tls-ca=${cluster.file("ca.crt")}`,
      `--tls-cert=${cluster.file("server.crt")}`,
      `--tls-key=${cluster.file("server.key")}`,
      ...flags,
    ],
    // The SDK wants some key to sign with; the sandbox's STS takes any.
    env: { ...image.env, AWS_ACCESS_KEY_ID: "AKIAROLECALLSANDBOX0", AWS_SECRET_ACCESS_KEY: "not-a-secret" },
  });
  await child.orEnded(untilReady(`http://127.0.0.1:${adminPort}/readyz`));
  return { child, brokerPort, readyAfterMs: performance.now() - beganMs };
}
