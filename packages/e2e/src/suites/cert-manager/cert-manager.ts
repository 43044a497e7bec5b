import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import type { Cluster } from "../../cluster/cluster.ts";
import type { NodeProcess } from "../../cluster/cluster-node.ts";
import { filesOf, ownProgram } from "../../cluster/own-programs.ts";
import { eventually } from "../../support/eventually.ts";
import { NAMESPACE } from "../install/helm.ts";
import { SERVER_NODE } from "../install/scene.ts";

const KINDS = ["certificaterequests", "certificates", "clusterissuers", "issuers"];

/** Makes cert-manager's kinds known to the API server, as its release has them. */
export async function installKinds({ kubectl }: Cluster): Promise<void> {
  const directory = filesOf("cert-manager");
  const files = KINDS.map((kind) => `--filename=${join(directory, `cert-manager.io_${kind}.yaml`)}`);
  // They are too large for the annotation that `apply` keeps.
  await kubectl.run(["create", ...files]);
  await kubectl.run(["wait", "--for=condition=Established", ...files], { timeoutMs: 60_000 });
}

interface CertificateObject {
  readonly spec: { readonly secretName: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** cert-manager's own controllers, as a process of the servers' node (tools/cert-manager). */
export class CertManager {
  readonly #cluster: Cluster;
  readonly #process: NodeProcess;

  private constructor(cluster: Cluster, process: NodeProcess) {
    this.#cluster = cluster;
    this.#process = process;
  }

  static async start(cluster: Cluster): Promise<CertManager> {
    const command = [ownProgram("cert-manager"), `--kubeconfig=${cluster.kubeconfig}`];
    return new CertManager(cluster, await cluster.node(SERVER_NODE).spawn(command, { name: "cert-manager" }));
  }

  /**
   * Has a Certificate issued anew, as `cmctl renew` does it.
   *
   * @returns the serial number of the new one, which is in the Secret
   * @see https://github.com/cert-manager/cmctl/blob/main/pkg/renew/renew.go
   */
  async renew(certificate: string): Promise<string> {
    const before = await this.issued(certificate);
    const condition = {
      type: "Issuing",
      status: "True",
      reason: "ManuallyTriggered",
      message: "Certificate re-issuance manually triggered",
      lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    };
    await this.#cluster.kubectl.run([
      "patch",
      ...name(certificate),
      "--subresource=status",
      "--type=json",
      `--patch=${JSON.stringify([{ op: "add", path: "/status/conditions/-", value: condition }])}`,
    ]);
    return this.#untilIssued(certificate, before);
  }

  /** Deletes a Certificate's Secret, which is then issued anew with a key of its own. */
  async loseSecret(certificate: string): Promise<void> {
    const before = await this.issued(certificate);
    const { spec } = await this.#cluster.kubectl.get<CertificateObject>(name(certificate));
    await this.#cluster.kubectl.run(["delete", "secret", spec.secretName, `--namespace=${NAMESPACE}`]);
    await this.#untilIssued(certificate, before);
  }

  /** @returns the serial number of the certificate that was issued after that one */
  #untilIssued(certificate: string, before: string): Promise<string> {
    return eventually({ what: `a new certificate ${certificate}` }, async () => {
      const { status } = await this.#cluster.kubectl.get<CertificateObject>(name(certificate));
      const holds = (type: string) => status?.conditions?.some((each) => each.type === type && each.status === "True");
      if (!holds("Ready") || holds("Issuing")) return undefined;
      const serial = await this.issued(certificate);
      return serial === before ? undefined : serial;
    });
  }

  /** The serial number of what is in a Certificate's Secret. */
  async issued(certificate: string): Promise<string> {
    return (await this.#secret(certificate))["tls.crt"].serialNumber;
  }

  /** The key of an authority, and the serial number of its certificate. */
  async authority(certificate: string): Promise<{ readonly key: string; readonly serial: string }> {
    const { publicKey, serialNumber } = (await this.#secret(certificate))["tls.crt"];
    return { key: publicKey.export({ type: "spki", format: "pem" }).toString(), serial: serialNumber };
  }

  /** The serial number of the authority that a Certificate's Secret says to trust. */
  async trusted(certificate: string): Promise<string> {
    return (await this.#secret(certificate))["ca.crt"].serialNumber;
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }

  async #secret(certificate: string) {
    const { spec } = await this.#cluster.kubectl.get<CertificateObject>(name(certificate));
    const secret = ["secret", spec.secretName, `--namespace=${NAMESPACE}`];
    const { data } = await this.#cluster.kubectl.get<{ data: Readonly<Record<string, string>> }>(secret);
    const parsed = (file: string) => new X509Certificate(Buffer.from(data[file] ?? "", "base64"));
    return { "tls.crt": parsed("tls.crt"), "ca.crt": parsed("ca.crt") };
  }
}

const name = (certificate: string) => ["certificate", certificate, `--namespace=${NAMESPACE}`];
