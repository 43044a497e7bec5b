import { type Authority, createAuthority, type Issued } from "@rolecall/sandbox/certs/authority";
import type { Cluster } from "../../cluster/cluster.ts";
import { NAMESPACE, RELEASE, type Values } from "../install/helm.ts";
import { installedPods } from "../install/workloads.ts";
import type { FaultScene } from "./fault.ts";

const SECRETS = { server: "faults-server-tls", agent: "faults-agent-tls" } as const;
/** Long enough for an agent to end, and another to start on it, on a machine that does much else. */
const SHORT_LIFE_MS = 60_000;

/** Certificates of an authority of the suite's own, since the chart throws the key of its own away. */
export const OWN_CERTIFICATES: Values = { "tls.mode": "secret", "tls.secret": SECRETS };

/** Makes the Secrets that the release is to use. @returns who can issue more */
export async function createCertificates(cluster: Cluster): Promise<Authority> {
  const authority = await createAuthority();
  const service = `${RELEASE}-server`;
  const names = [service, `${service}.${NAMESPACE}`, `${service}.${NAMESPACE}.svc`];
  await cluster.apply([
    secret(SECRETS.server, authority, await authority.issue({ role: "server", names })),
    secret(SECRETS.agent, authority, await authority.issue({ role: "agent" })),
  ]);
  return authority;
}

/** Starts the agent of worker-2 anew on a certificate that expires soon after. */
export async function shortLivedAgentCertificate({ cluster, authority }: FaultScene): Promise<void> {
  await cluster.apply([
    secret(SECRETS.agent, authority, await authority.issue({ role: "agent", validMs: SHORT_LIFE_MS })),
  ]);
  const agent = (await installedPods(cluster, "agent")).find(({ node }) => node === "worker-2");
  await cluster.kubectl.run(["delete", "pod", agent?.name ?? "", `--namespace=${NAMESPACE}`]);
}

const secret = (name: string, { certificatePem: ca }: Authority, { certificatePem, keyPem }: Issued): object => ({
  apiVersion: "v1",
  kind: "Secret",
  type: "kubernetes.io/tls",
  metadata: { name, namespace: NAMESPACE },
  stringData: { "tls.crt": certificatePem, "tls.key": keyPem, "ca.crt": ca },
});
