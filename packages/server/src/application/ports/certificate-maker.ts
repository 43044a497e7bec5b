import type { Authority } from "../../domain/pki/authority.ts";
import type { Validity } from "../../domain/pki/leaf.ts";

export interface SignedCertificate {
  readonly certificatePem: string;
  /** Hexadecimal, as `openssl x509 -serial` prints it. */
  readonly serial: string;
}

export interface OwnCertificate extends SignedCertificate {
  /** PKCS #8; it is in no other place. */
  readonly keyPem: string;
}

/** Makes keys and certificates. */
export interface CertificateMaker {
  authority(validity: Validity): Promise<Pick<Authority, "id" | "certificatePem" | "keyPem">>;
  /** A new key and a certificate for it that names a server. */
  server(signer: Authority, validity: Validity): Promise<OwnCertificate>;
  /**
   * A certificate that names a node, for the key of a request.
   *
   * @param request PKCS #10, DER; nothing of it counts but its key
   * @returns undefined where it is not a request signed with its own P-256 key
   */
  node(
    signer: Authority,
    validity: Validity,
    node: string,
    request: Uint8Array,
  ): Promise<SignedCertificate | undefined>;
}
