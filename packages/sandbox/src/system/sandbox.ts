import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "@rolecall/common/time/clock";
import { type AgentLeaf, type Authority, createAuthority, type Issued, type ServerLeaf } from "../certs/authority.ts";
import { mountConfigMap } from "../files/config-map-volume.ts";
import { type ImdsStandIn, startImds } from "../imds/stand-in.ts";
import { type KubernetesStandIn, startKubernetes } from "../kubernetes/api-server.ts";
import type { PodBinding } from "../kubernetes/tokens.ts";
import { type StsStandIn, startSts } from "../sts/stand-in.ts";
import { agentToken } from "./agent-tokens.ts";

/** Everything that surrounds a server and its agents, on this machine and in one process. */
export interface Sandbox {
  /** The time of the stand-ins, and of the servers and agents that are started on them. */
  readonly clock: Clock;
  readonly kubernetes: KubernetesStandIn;
  readonly sts: StsStandIn;
  /** What the node itself would be told, its own role's credentials included. */
  readonly imds: ImdsStandIn;
  /** A file of the sandbox's own directory, which holds `kubeconfig`, `ca.crt`, and `server` and `agent` `.crt` and `.key`. */
  file(name: string): string;
  /** A token as kubelet projects it into the agent's pod on a node, but for what is to be otherwise. */
  agentToken(nodeName: string, change?: Partial<PodBinding>): string;
  /** A further certificate of the authority that both sides trust. */
  issue(leaf: ServerLeaf | AgentLeaf): Promise<Issued>;
  /** A node's `/var/lib/cni/results`. */
  cniResults(nodeName: string): string;
  /** The bundle of managed certificates' authorities, as the kubelets bring it to the nodes; there once a server made it. */
  readonly bundleFile: string;
  stop(): Promise<void>;
}

/** The Secret, ConfigMap and Lease of managed certificates. */
export const PKI = { namespace: "rolecall", name: "rolecall-pki" } as const;

export async function startSandbox({ clock = systemClock }: { clock?: Clock } = {}): Promise<Sandbox> {
  const directory = mkdtempSync(join(tmpdir(), "rolecall-"));
  const file = (name: string) => join(directory, name);
  const [kubernetes, sts, imds] = await Promise.all([
    startKubernetes({ clock }),
    startSts({ clock }),
    startImds({ clock }),
  ]);
  kubernetes.writeKubeconfig(file("kubeconfig"));
  // Valid by the sandbox's clock and by the system's, which TLS goes by.
  const authority = await createAuthority({ nowMs: Math.min(clock.nowMs(), Date.now()) });
  await writeTlsFiles(file, authority);
  if (!kubernetes.workloads.namespace(PKI.namespace)) kubernetes.workloads.createNamespace(PKI.namespace);
  const bundle = mountConfigMap(kubernetes, PKI, file("pki"));
  return {
    clock,
    kubernetes,
    sts,
    imds,
    file,
    agentToken: (nodeName, change) => agentToken(kubernetes, nodeName, change),
    issue: (leaf) => authority.issue(leaf),
    cniResults: (nodeName) => file(`cni-results-${nodeName}`),
    bundleFile: bundle.file("ca.crt"),
    async stop() {
      bundle.unmount();
      await Promise.all([kubernetes.stop(), sts.stop(), imds.stop()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function writeTlsFiles(file: Sandbox["file"], authority: Authority): Promise<void> {
  const write = (name: string, pem: string) => writeFileSync(file(name), pem, { mode: 0o600 });
  write("ca.crt", authority.certificatePem);
  for (const role of ["server", "agent"] as const) {
    const { certificatePem, keyPem } = await authority.issue({ role });
    write(`${role}.crt`, certificatePem);
    write(`${role}.key`, keyPem);
  }
}
