import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority } from "../certs/authority.ts";
import { type ImdsStandIn, startImds } from "../imds/stand-in.ts";
import { type KubernetesStandIn, startKubernetes } from "../kubernetes/api-server.ts";
import { type StsStandIn, startSts } from "../sts/stand-in.ts";

/** Everything that surrounds a server and its agents, on this machine and in one process. */
export interface Sandbox {
  readonly kubernetes: KubernetesStandIn;
  readonly sts: StsStandIn;
  /** What the node itself would be told, its own role's credentials included. */
  readonly imds: ImdsStandIn;
  /** A file of the sandbox's own directory, which holds `kubeconfig`, `ca.crt`, and `server` and `agent` `.crt` and `.key`. */
  file(name: string): string;
  /** A node's `/var/lib/cni/results`. */
  cniResults(nodeName: string): string;
  stop(): Promise<void>;
}

export async function startSandbox(): Promise<Sandbox> {
  const directory = mkdtempSync(join(tmpdir(), "rolecall-"));
  const file = (name: string) => join(directory, name);
  const [kubernetes, sts, imds] = await Promise.all([startKubernetes(), startSts(), startImds()]);
  kubernetes.writeKubeconfig(file("kubeconfig"));
  await writeTlsFiles(file);
  return {
    kubernetes,
    sts,
    imds,
    file,
    cniResults: (nodeName) => file(`cni-results-${nodeName}`),
    async stop() {
      await Promise.all([kubernetes.stop(), sts.stop(), imds.stop()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function writeTlsFiles(file: Sandbox["file"]): Promise<void> {
  const authority = await createAuthority();
  const write = (name: string, pem: string) => writeFileSync(file(name), pem, { mode: 0o600 });
  write("ca.crt", authority.certificatePem);
  for (const role of ["server", "agent"] as const) {
    const { certificatePem, keyPem } = await authority.issue({ role });
    write(`${role}.crt`, certificatePem);
    write(`${role}.key`, keyPem);
  }
}
