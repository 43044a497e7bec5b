import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { CertificateMaker, OwnCertificate, SignedCertificate } from "../../application/ports/certificate-maker.ts";
import type { Authority } from "../../domain/pki/authority.ts";
import type { Validity } from "../../domain/pki/leaf.ts";

const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

export interface X509CertificatesOptions {
  readonly trustDomain: string;
  /** DNS names and IPv4 addresses by which agents reach the servers. */
  readonly serverNames: readonly string[];
  /**
   * Widens each certificate's validity by so much at both ends, milliseconds. TLS judges by the system's clock, and a test
   * that brings a clock of its own must be believed all the same.
   */
  readonly slackMs?: number;
}

/** ECDSA P-256 throughout. A server's certificate is of no use to an agent, nor the other way round. */
export class X509Certificates implements CertificateMaker {
  readonly #options: X509CertificatesOptions;

  constructor(options: X509CertificatesOptions) {
    this.#options = options;
  }

  async authority(validity: Validity): Promise<Pick<Authority, "id" | "certificatePem" | "keyPem">> {
    const keys = await newKeys();
    const id = serialNumber();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: id,
      // A name of its own: peers choose among authorities by name before they look at keys.
      name: [{ CN: [`rolecall ${id.slice(0, 16)}`] }],
      ...this.#dates(validity),
      signingAlgorithm: P256,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return { id: id.slice(0, 16), certificatePem: pem(certificate), keyPem: await keyPem(keys.privateKey) };
  }

  async server(signer: Authority, validity: Validity): Promise<OwnCertificate> {
    const keys = await newKeys();
    const { trustDomain, serverNames } = this.#options;
    const signed = await this.#sign(signer, validity, keys.publicKey, {
      commonName: "rolecall-server",
      usage: x509.ExtendedKeyUsage.serverAuth,
      names: [
        { type: "url", value: `spiffe://${trustDomain}/server` },
        ...serverNames.map((value): x509.JsonGeneralName => ({ type: isAddress(value) ? "ip" : "dns", value })),
      ],
    });
    return { ...signed, keyPem: await keyPem(keys.privateKey) };
  }

  async node(signer: Authority, validity: Validity, node: string, request: Uint8Array) {
    const key = await requestedKey(request);
    return (
      key &&
      this.#sign(signer, validity, key, {
        commonName: "rolecall-agent",
        usage: x509.ExtendedKeyUsage.clientAuth,
        names: [{ type: "url", value: `spiffe://${this.#options.trustDomain}/node/${node}` }],
      })
    );
  }

  async #sign(
    signer: Authority,
    validity: Validity,
    publicKey: webcrypto.CryptoKey,
    leaf: { readonly commonName: string; readonly usage: x509.ExtendedKeyUsage; names: x509.JsonGeneralNames },
  ): Promise<SignedCertificate> {
    const authority = new x509.X509Certificate(signer.certificatePem);
    const serial = serialNumber();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial,
      subject: [{ CN: [leaf.commonName] }],
      issuer: authority.subjectName,
      ...this.#dates(validity),
      signingAlgorithm: P256,
      publicKey,
      signingKey: await signingKey(signer.keyPem),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([leaf.usage]),
        new x509.SubjectAlternativeNameExtension(leaf.names),
        await x509.SubjectKeyIdentifierExtension.create(publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(authority),
      ],
    });
    return { certificatePem: pem(certificate), serial };
  }

  #dates({ notBeforeMs, notAfterMs }: Validity) {
    const { slackMs = 0 } = this.#options;
    return { notBefore: new Date(notBeforeMs - slackMs), notAfter: new Date(notAfterMs + slackMs) };
  }
}

/** @returns the key of a request that was signed with it; undefined for anything else */
async function requestedKey(request: Uint8Array): Promise<webcrypto.CryptoKey | undefined> {
  try {
    const parsed = new x509.Pkcs10CertificateRequest(new Uint8Array(request));
    const key = await webcrypto.subtle.importKey("spki", parsed.publicKey.rawData, P256, true, ["verify"]);
    return (await parsed.verify()) ? key : undefined;
  } catch {
    return undefined;
  }
}

const newKeys = () => webcrypto.subtle.generateKey(P256, true, ["sign", "verify"]);

const signingKey = (keyPem: string) =>
  webcrypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(keyPem), P256, false, ["sign"]);

const isAddress = (name: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(name);

/** RFC 5280 4.1.2.2: positive and at most 20 octets. */
function serialNumber(): string {
  const octets = webcrypto.getRandomValues(new Uint8Array(16));
  octets[0] = ((octets[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(octets).toString("hex");
}

const pem = (certificate: x509.X509Certificate): string => `${certificate.toString("pem")}\n`;

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", key);
  return `${x509.PemConverter.encode(pkcs8, x509.PemConverter.PrivateKeyTag)}\n`;
}
