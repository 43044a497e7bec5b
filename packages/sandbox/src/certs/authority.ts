import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
/** A peer's clock may be this far behind. */
const BACKDATE_MS = 5 * 60_000;

/** A certificate and its PKCS #8 private key, both as PEM. */
export interface Issued {
  readonly certificatePem: string;
  readonly keyPem: string;
}

interface Leaf {
  /** How long it is valid, milliseconds; as long as the authority when absent. */
  readonly validMs?: number;
  /** Issues a certificate that was valid for a day and expired an hour ago. */
  readonly expired?: boolean;
  /** DNS names under which a server may be reached. */
  readonly names?: readonly string[];
  /** The authority's own when absent. */
  readonly trustDomain?: string;
}

/** What a server shows its agents. */
export interface ServerLeaf extends Leaf {
  readonly role: "server";
  /** Whether `localhost` and 127.0.0.1 are among its names; they are when absent. */
  readonly localhost?: boolean;
}

/** What an agent shows the server. One certificate serves every node, the agent's token saying which, unless it names one. */
export interface AgentLeaf extends Leaf {
  readonly role: "agent";
  /** The only node whose agent may show it. */
  readonly node?: string;
}

export interface Authority {
  readonly certificatePem: string;
  readonly keyPem: string;
  issue(leaf: ServerLeaf | AgentLeaf): Promise<Issued>;
}

export interface AuthorityOptions {
  readonly commonName?: string;
  /** Names the URI in each leaf: `spiffe://<trustDomain>/server`. */
  readonly trustDomain?: string;
  /** TLS peers judge validity by the system's clock, whatever clock a test injects elsewhere. */
  readonly nowMs?: number;
  readonly validMs?: number;
}

/** A certificate authority for development and tests: ECDSA P-256, its key in memory. */
export async function createAuthority(options: AuthorityOptions = {}): Promise<Authority> {
  const { commonName = "Rolecall development CA", trustDomain = "rolecall" } = options;
  const { nowMs = Date.now(), validMs = 365 * DAY_MS } = options;
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [commonName] }],
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + validMs),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

  return {
    certificatePem: pem(certificate),
    keyPem: await keyPem(keys.privateKey),
    issue: async (leaf) => {
      const leafKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
      const issued = await x509.X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        subject: [{ CN: [`rolecall-${leaf.role}`] }],
        issuer: certificate.subject,
        ...validity(leaf, nowMs, validMs),
        signingAlgorithm: ALGORITHM,
        publicKey: leafKeys.publicKey,
        signingKey: keys.privateKey,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[EXTENDED_KEY_USAGE[leaf.role]]]),
          new x509.SubjectAlternativeNameExtension(alternativeNames(leaf, trustDomain)),
          await x509.SubjectKeyIdentifierExtension.create(leafKeys.publicKey),
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ],
      });
      return { certificatePem: pem(issued), keyPem: await keyPem(leafKeys.privateKey) };
    },
  };
}

const EXTENDED_KEY_USAGE = { server: "serverAuth", agent: "clientAuth" } as const;

function alternativeNames(leaf: ServerLeaf | AgentLeaf, authoritysDomain: string): x509.JsonGeneralName[] {
  const { names = [], trustDomain = authoritysDomain } = leaf;
  const path = leaf.role === "agent" && leaf.node !== undefined ? `node/${leaf.node}` : leaf.role;
  const isLocal = leaf.role === "server" && leaf.localhost !== false;
  return [
    ...[...new Set([...(isLocal ? ["localhost"] : []), ...names])].map(
      (value): x509.JsonGeneralName => ({ type: "dns", value }),
    ),
    ...(isLocal ? [{ type: "ip", value: "127.0.0.1" } as const] : []),
    { type: "url", value: `spiffe://${trustDomain}/${path}` },
  ];
}

function validity({ expired, validMs }: Leaf, nowMs: number, defaultValidMs: number) {
  if (!expired)
    return { notBefore: new Date(nowMs - BACKDATE_MS), notAfter: new Date(nowMs + (validMs ?? defaultValidMs)) };
  const notAfterMs = nowMs - 3_600_000;
  return { notBefore: new Date(notAfterMs - DAY_MS), notAfter: new Date(notAfterMs) };
}

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
