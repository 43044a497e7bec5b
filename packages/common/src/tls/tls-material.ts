import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { errorMessage } from "../errors/error-message.ts";
import { type CertificateFacts, factsOf } from "./certificate-facts.ts";

/** A process's own certificate with its key, and the authorities it trusts, as PEM. */
export interface TlsPem {
  /** The leaf and, where there are, its intermediates. */
  readonly certificate: Buffer;
  readonly key: Buffer;
  /** One or more trusted authorities. */
  readonly ca: Buffer;
}

/** PEM that was found fit for use, and what it says. */
export interface TlsMaterial extends TlsPem {
  readonly leaf: CertificateFacts;
  /** In the order of the bundle. */
  readonly authorities: readonly CertificateFacts[];
}

export interface TlsProblem {
  readonly part: keyof TlsPem;
  readonly detail: string;
}

export type CheckedTlsPem =
  | { readonly kind: "usable"; readonly material: TlsMaterial }
  | { readonly kind: "unusable"; readonly problems: readonly TlsProblem[] };

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Checks material before any peer sees it: that it is whole, belongs together, and is valid at `nowMs`. */
export function checkTlsPem(pem: TlsPem, nowMs: number): CheckedTlsPem {
  const problems: TlsProblem[] = [];
  const attempt = <T>(part: keyof TlsPem, use: (content: Buffer) => T): T | undefined => {
    try {
      return use(pem[part]);
    } catch (error) {
      problems.push({ part, detail: errorMessage(error) });
      return undefined;
    }
  };
  const authorities = attempt("ca", parseCertificates);
  const leaf = attempt("certificate", (content) => usableLeaf(content, nowMs));
  const key = attempt("key", parseKey);
  if (leaf && key && !leaf.checkPrivateKey(key)) {
    problems.push({ part: "key", detail: "is not the key of the certificate" });
  }
  if (!authorities || !leaf || !key || problems.length > 0) return { kind: "unusable", problems };
  return { kind: "usable", material: { ...pem, leaf: factsOf(leaf), authorities: authorities.map(factsOf) } };
}

export const isSamePem = (one: TlsPem, other: TlsPem): boolean =>
  one.certificate.equals(other.certificate) && one.key.equals(other.key) && one.ca.equals(other.ca);

function parseCertificates(content: Buffer): X509Certificate[] {
  const blocks = content.toString("latin1").match(PEM_CERTIFICATE) ?? [];
  if (blocks.length === 0) throw new Error("holds no PEM certificate");
  return blocks.map((block) => new X509Certificate(block));
}

function usableLeaf(content: Buffer, nowMs: number): X509Certificate {
  const leaf = parseCertificates(content)[0] as X509Certificate;
  if (leaf.validToDate.getTime() <= nowMs)
    throw new Error(`the certificate expired at ${leaf.validToDate.toISOString()}`);
  if (leaf.validFromDate.getTime() > nowMs)
    throw new Error(`the certificate is not valid before ${leaf.validFromDate.toISOString()}`);
  return leaf;
}

/** OpenSSL's own words for a malformed key say nothing a person could act on. */
function parseKey(content: Buffer): KeyObject {
  try {
    return createPrivateKey(content);
  } catch (cause) {
    throw new Error("holds no unencrypted PEM private key", { cause });
  }
}
