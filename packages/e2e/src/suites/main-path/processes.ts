import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Authority, createAuthority } from "@rolecall/sandbox/certs/authority";
import { kubeconfig } from "@rolecall/sandbox/kubernetes/kubeconfig";
import type { Cluster } from "../../cluster/cluster.ts";
import type { NodeProcess } from "../../cluster/cluster-node.ts";
import { API_PORT, GATEWAY } from "../../cluster/network-plan.ts";
import type { Cloud } from "./cloud.ts";
import { aPod } from "./test-pods.ts";

/** The bundles, as `npm run build` leaves them. */
const SERVER = "dist/server/main.cjs";
const AGENT = "dist/agent/main.cjs";
const KEEPER = "dist/keeper/main.cjs";

export const SERVER_NAME = "rolecall-server";
const SERVER_NODE = "server-1";
export const NAMESPACE = "rolecall";
export const AGENT_ACCOUNT = "rolecall-agent";
export const BROKER_PORT = 9610;
export const ADMIN_PORT = 9620;

/** Server and agents as processes on their nodes, with the rights and certificates they have when installed. */
export class Processes {
  readonly #cluster: Cluster;
  readonly #cloud: Cloud;
  readonly #file: (name: string) => string;
  #authority: Authority | undefined;
  #count = 0;

  private constructor(cluster: Cluster, cloud: Cloud) {
    this.#cluster = cluster;
    this.#cloud = cloud;
    this.#file = (name) => join(cluster.workDir.path, name);
  }

  static async prepare(cluster: Cluster, cloud: Cloud): Promise<Processes> {
    const processes = new Processes(cluster, cloud);
    await processes.#writeCertificates();
    await processes.#writeKubeconfig();
    await processes.#writeAgentTokens();
    return processes;
  }

  startServer(flags: readonly string[] = []): Promise<NodeProcess> {
    return this.#spawn(SERVER_NODE, "server", [
      SERVER,
      `--kubeconfig=${this.#file("server.kubeconfig")}`,
      "--region=us-east-1",
      `--sts-endpoint=${this.#cloud.sts.url}`,
      ...this.#tlsFlags("server"),
      ...flags,
    ]);
  }

  startAgent(nodeName: string, flags: readonly string[] = []): Promise<NodeProcess> {
    return this.#spawn(nodeName, "agent", [
      AGENT,
      `--node-name=${nodeName}`,
      `--server-address=${this.#cluster.node(SERVER_NODE).ip}:${BROKER_PORT}`,
      `--server-name=${SERVER_NAME}`,
      `--token-key-file=${this.#file(`token-key-${nodeName}`)}`,
      `--exchange-dir=${this.#exchangeOf(nodeName)}`,
      `--token-file=${this.#file(`token-${nodeName}`)}`,
      ...this.#tlsFlags("agent"),
      ...flags,
    ]);
  }

  /** A node has one keeper, whichever agents come and go: the two of a pod share the life of their pod. */
  startKeeper(nodeName: string, flags: readonly string[] = []): Promise<NodeProcess> {
    // As empty as a new pod's volume.
    rmSync(this.#exchangeOf(nodeName), { recursive: true, force: true });
    mkdirSync(this.#exchangeOf(nodeName), { recursive: true });
    return this.#spawn(nodeName, "keeper", [KEEPER, `--exchange-dir=${this.#exchangeOf(nodeName)}`, ...flags]);
  }

  /** What a process answers on its admin port. */
  async admin(nodeName: string, path: string): Promise<{ readonly status: number; readonly body: string }> {
    const response = await fetch(`http://${this.#cluster.node(nodeName).ip}:${ADMIN_PORT}${path}`);
    return { status: response.status, body: await response.text() };
  }

  tokenFileOf(nodeName: string): string {
    return this.#file(`token-${nodeName}`);
  }

  #exchangeOf(nodeName: string): string {
    return this.#file(`exchange-${nodeName}`);
  }

  /** The authority that servers and agents trust. */
  get authority(): Authority {
    if (!this.#authority) throw new Error("the certificates are not written yet");
    return this.#authority;
  }

  get serverNode(): string {
    return SERVER_NODE;
  }

  #spawn(nodeName: string, what: string, args: readonly string[]): Promise<NodeProcess> {
    this.#count += 1;
    return this.#cluster.node(nodeName).spawn([process.execPath, ...args], {
      name: `${what}-${this.#count}`,
      cwd: process.cwd(),
      // On EC2 the SDK finds the server's own credentials by the instance profile; the stand-in for STS takes any key.
      env: { AWS_ACCESS_KEY_ID: "AKIAROLECALLSERVER00", AWS_SECRET_ACCESS_KEY: "not-a-secret" },
    });
  }

  #tlsFlags(role: string): readonly string[] {
    return [
      `--tls-ca=${this.#file("ca.crt")}`,
      `--tls-cert=${this.#file(`${role}.crt`)}`,
      `--tls-key=${this.#file(`${role}.key`)}`,
    ];
  }

  async #writeCertificates(): Promise<void> {
    const authority = await createAuthority();
    this.#authority = authority;
    const write = (name: string, pem: string) => writeFileSync(this.#file(name), pem, { mode: 0o600 });
    const server = await authority.issue({ role: "server", names: [SERVER_NAME] });
    const agent = await authority.issue({ role: "agent" });
    write("ca.crt", authority.certificatePem);
    write("server.crt", server.certificatePem);
    write("server.key", server.keyPem);
    write("agent.crt", agent.certificatePem);
    write("agent.key", agent.keyPem);
  }

  /** A ServiceAccount with exactly the rights the server needs. */
  async #writeKubeconfig(): Promise<void> {
    const name = SERVER_NAME;
    const namespace = NAMESPACE;
    await this.#cluster.apply([
      { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name },
        rules: [
          { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] },
          { apiGroups: [""], resources: ["namespaces"], verbs: ["list", "watch"] },
          { apiGroups: [""], resources: ["events"], verbs: ["create"] },
          { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
          { apiGroups: [""], resources: ["nodes"], verbs: ["get"] },
          { nonResourceURLs: ["/.well-known/openid-configuration", "/openid/v1/jwks"], verbs: ["get"] },
        ],
      },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
        subjects: [{ kind: "ServiceAccount", name, namespace }],
      },
    ]);
    const { kubectl } = this.#cluster;
    const token = (await kubectl.run(["create", "token", name, `--namespace=${namespace}`, "--duration=24h"])).trim();
    const ca = await kubectl.run([
      "config",
      "view",
      "--raw",
      "--flatten",
      "--output=jsonpath={.clusters[0].cluster.certificate-authority-data}",
    ]);
    const caPem = Buffer.from(ca, "base64").toString();
    writeFileSync(
      this.#file("server.kubeconfig"),
      kubeconfig({ url: `https://${GATEWAY}:${API_PORT}`, caPem, token }),
      {
        mode: 0o600,
      },
    );
  }

  /** Tokens that are bound to pods of the agents' ServiceAccount on each worker, as kubelet projects them. */
  async #writeAgentTokens(): Promise<void> {
    const namespace = NAMESPACE;
    const workers = this.#cluster.nodes.map(({ name }) => name).filter((name) => name !== SERVER_NODE);
    const pods = workers.map((node) =>
      aPod({ name: `${AGENT_ACCOUNT}-${node}`, namespace, node, account: AGENT_ACCOUNT }),
    );
    await this.#cluster.apply([
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: AGENT_ACCOUNT, namespace } },
      ...pods,
    ]);
    const placed = await this.#cluster.waitForPods({ namespace, count: workers.length, until: "ready" });
    for (const { metadata, spec } of placed) {
      const bound = [
        "--bound-object-kind=Pod",
        `--bound-object-name=${metadata.name}`,
        `--bound-object-uid=${metadata.uid}`,
      ];
      const args = [
        "create",
        "token",
        AGENT_ACCOUNT,
        `--namespace=${namespace}`,
        "--audience=rolecall-server",
        ...bound,
      ];
      const token = await this.#cluster.kubectl.run(args);
      writeFileSync(this.#file(`token-${spec.nodeName}`), token.trim(), { mode: 0o600 });
    }
  }
}
