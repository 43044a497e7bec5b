import { ProjectedVolume } from "../files/projected-volume.ts";
import type { AgentLeaf, Authority, ServerLeaf } from "./authority.ts";

/**
 * A Secret as cert-manager keeps it for a Certificate with `rotationPolicy: Always`, mounted as kubelet does: `tls.crt`,
 * `tls.key` and `ca.crt` change all at once, and the key with every renewal.
 * Source: https://cert-manager.io/docs/usage/certificate/
 */
export class IssuedSecret {
  readonly volume: ProjectedVolume;
  readonly #leaf: ServerLeaf | AgentLeaf;

  private constructor(volume: ProjectedVolume, leaf: ServerLeaf | AgentLeaf) {
    this.volume = volume;
    this.#leaf = leaf;
  }

  static async issue(directory: string, authority: Authority, leaf: ServerLeaf | AgentLeaf): Promise<IssuedSecret> {
    return new IssuedSecret(new ProjectedVolume(directory, await contentOf(authority, leaf)), leaf);
  }

  /** @param trusted what peers' certificates may be signed by; the authority alone when absent */
  async renew(authority: Authority, trusted?: string): Promise<void> {
    this.volume.write(await contentOf(authority, this.#leaf, trusted));
  }

  /** The flags of a process that reads it. */
  get flags(): readonly string[] {
    const file = (name: string) => this.volume.file(name);
    return [`--tls-cert=${file("tls.crt")}`, `--tls-key=${file("tls.key")}`, `--tls-ca=${file("ca.crt")}`];
  }
}

async function contentOf(authority: Authority, leaf: ServerLeaf | AgentLeaf, trusted = authority.certificatePem) {
  const { certificatePem, keyPem } = await authority.issue(leaf);
  return { "tls.crt": certificatePem, "tls.key": keyPem, "ca.crt": trusted };
}
