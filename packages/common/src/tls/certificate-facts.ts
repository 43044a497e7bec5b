import { X509Certificate } from "node:crypto";
import type { PeerCertificate } from "node:tls";

/** What a process goes by in a certificate, its own or a peer's. */
export interface CertificateFacts {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Subject alternative names that are DNS names. */
  readonly dnsNames: readonly string[];
  /** Subject alternative names that are URIs, where SPIFFE puts an identity. */
  readonly uris: readonly string[];
  /** Object identifiers of the extended key usages; empty where the certificate does not limit its use. */
  readonly extendedKeyUsage: readonly string[];
  /** Hexadecimal, as OpenSSL prints it. */
  readonly serialNumber: string;
}

/** RFC 5280 4.2.1.12. */
export const EXTENDED_KEY_USAGE = { serverAuth: "1.3.6.1.5.5.7.3.1", clientAuth: "1.3.6.1.5.5.7.3.2" } as const;

export function factsOf(certificate: X509Certificate): CertificateFacts {
  const names = alternativeNames(certificate.subjectAltName ?? "");
  const ofType = (wanted: string) => names.flatMap(({ type, value }) => (type === wanted ? [value] : []));
  return {
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
    dnsNames: ofType("DNS"),
    uris: ofType("URI"),
    // Typed as always there; undefined for a certificate without the extension.
    extendedKeyUsage: certificate.keyUsage ?? [],
    serialNumber: certificate.serialNumber,
  };
}

export const factsOfPeer = ({ raw }: PeerCertificate): CertificateFacts => factsOf(new X509Certificate(raw));

/**
 * Node prints the names as `DNS:a, URI:"b, c"`, and quotes as JSON what could be mistaken for more than one name
 * (CVE-2021-44532).
 */
function alternativeNames(text: string): { readonly type: string; readonly value: string }[] {
  return [...text.matchAll(/(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, type = "", value = ""]) => ({
    type,
    value: value.startsWith('"') ? (JSON.parse(value) as string) : value,
  }));
}
