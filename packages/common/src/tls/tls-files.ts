import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { errorMessage } from "../errors/error-message.ts";
import { StartupError } from "../errors/startup-error.ts";

/** Where a process's own certificate, its key, and the authorities it trusts lie, as PEM files. */
export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

export interface TlsMaterial {
  /** The leaf and, where there are, its intermediates. */
  readonly certificate: Buffer;
  readonly key: Buffer;
  /** One or more trusted authorities. */
  readonly ca: Buffer;
  /** When the leaf expires, milliseconds since 1970. */
  readonly notAfterMs: number;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * Reads and checks a process's TLS material before any peer sees it.
 *
 * @throws StartupError with a line for each file that cannot be used, naming its flag and file
 */
export function readTlsFiles(files: TlsFiles, nowMs: number): TlsMaterial {
  const problems: string[] = [];
  const attempt = <T>(flag: string, file: string, use: (content: Buffer) => T): [Buffer, T] | undefined => {
    try {
      const content = readFileSync(file);
      return [content, use(content)];
    } catch (error) {
      problems.push(`${flag} ${file}: ${errorMessage(error)}`);
      return undefined;
    }
  };
  const ca = attempt("--tls-ca", files.caFile, (content) => parseCertificates(content));
  const certificate = attempt("--tls-cert", files.certificateFile, (content) => usableLeaf(content, nowMs));
  const key = attempt("--tls-key", files.keyFile, (content) => parseKey(content));
  if (certificate && key && !certificate[1].checkPrivateKey(key[1])) {
    problems.push(`--tls-key ${files.keyFile}: is not the key of the certificate in ${files.certificateFile}`);
  }
  if (!ca || !certificate || !key || problems.length > 0) throw new StartupError(problems);
  return { ca: ca[0], certificate: certificate[0], key: key[0], notAfterMs: certificate[1].validToDate.getTime() };
}

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
