import { type CertificateFacts, EXTENDED_KEY_USAGE } from "./certificate-facts.ts";

export type PeerRole = "agent" | "server";

export interface PeerRoleRules {
  readonly trustDomain: string;
  /**
   * `name`: the certificate names its role. `usage`: one that names none is taken by its extended key usage, which must
   * then be the role's and not the other's as well.
   */
  readonly roleFrom: PeerRoleSource;
}

export const PEER_ROLE_SOURCES = ["name", "usage"] as const;
export type PeerRoleSource = (typeof PEER_ROLE_SOURCES)[number];

/** Why a certificate that a trusted authority signed is not the peer's that it should be. */
export const PEER_ROLE_REFUSALS = [
  "certificate-of-another-role",
  "certificate-of-another-trust-domain",
  "certificate-without-role",
  "certificate-ambiguous",
] as const;
type PeerRoleRefusal = (typeof PEER_ROLE_REFUSALS)[number];

export type JudgedPeer =
  /** `node` is set where the certificate is of one node's agent alone. */
  | { readonly kind: "peer"; readonly node: string | undefined }
  | { readonly kind: "refused"; readonly reason: PeerRoleRefusal; readonly detail: string };

const refused = (reason: PeerRoleRefusal, detail: string): JudgedPeer => ({ kind: "refused", reason, detail });

/**
 * Whether a peer's certificate is that of an agent, or of a server. Every certificate of an authority would otherwise be
 * worth every other: one that a server shows would open the door for an agent (kiam#105).
 *
 * A role is named by the URI `spiffe://<trust-domain>/agent`, `/node/<name>` (an agent of that node alone) or `/server`,
 * or by the DNS name `agent.<trust-domain>.internal` or `server.<trust-domain>.internal`, for authorities that cannot
 * write URIs, such as Helm's `genSignedCert`.
 */
export function judgePeer(
  facts: CertificateFacts,
  wanted: PeerRole,
  { trustDomain, roleFrom }: PeerRoleRules,
): JudgedPeer {
  const identities = facts.uris.filter((uri) => uri.startsWith("spiffe://"));
  const foreign = identities.find((uri) => !uri.startsWith(`spiffe://${trustDomain}/`));
  if (foreign !== undefined)
    return refused(
      "certificate-of-another-trust-domain",
      `the certificate is ${foreign}, and the trust domain ${trustDomain}`,
    );
  const named = [
    ...identities.map((uri) => roleOfPath(uri.slice(`spiffe://${trustDomain}/`.length))),
    ...ROLES.flatMap((role) =>
      facts.dnsNames.includes(roleDnsName(role, trustDomain)) ? [{ role, node: undefined }] : [],
    ),
  ];
  const [first, ...others] = named;
  if (others.some(({ role, node }) => role !== first?.role || node !== first.node))
    return refused("certificate-ambiguous", "the certificate names more than one role");
  if (first === undefined) return roleFrom === "usage" ? judgeByUsage(facts, wanted) : WITHOUT_ROLE[wanted];
  if (first.role === wanted) return { kind: "peer", node: first.node };
  return refused(
    "certificate-of-another-role",
    `the certificate is of the role ${first.role}, and a ${wanted}'s is needed`,
  );
}

const ROLES: readonly PeerRole[] = ["agent", "server"];

/** Names a role where a URI cannot be had; `.internal` is nobody's in public DNS (ICANN, 2024). */
export const roleDnsName = (role: PeerRole, trustDomain: string): string => `${role}.${trustDomain}.internal`;

const WITHOUT_ROLE = {
  agent: refused("certificate-without-role", "the certificate names no role; see --peer-role-from"),
  server: refused("certificate-without-role", "the certificate names no role; see --peer-role-from"),
};

function roleOfPath(path: string): { readonly role: PeerRole | "unknown"; readonly node: string | undefined } {
  if (path === "agent" || path === "server") return { role: path, node: undefined };
  const node = /^node\/([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)$/.exec(path)?.[1];
  return { role: node === undefined ? "unknown" : "agent", node };
}

function judgeByUsage({ extendedKeyUsage }: CertificateFacts, wanted: PeerRole): JudgedPeer {
  const has = { agent: EXTENDED_KEY_USAGE.clientAuth, server: EXTENDED_KEY_USAGE.serverAuth };
  const other = wanted === "agent" ? "server" : "agent";
  if (extendedKeyUsage.includes(has[wanted]) && !extendedKeyUsage.includes(has[other]))
    return { kind: "peer", node: undefined };
  return refused(
    "certificate-without-role",
    `the certificate names no role, and its extended key usage is not that of the ${wanted} alone`,
  );
}
