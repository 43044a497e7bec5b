import { judgePeer, type PeerRole } from "@rolecall/common/tls/peer-role";
import { checkTlsPem } from "@rolecall/common/tls/tls-material";
import { CurrentTlsMaterial } from "@rolecall/common/tls/tls-material-source";
import type { Authority } from "@rolecall/sandbox/certs/authority";

/** Whether a certificate is one of that role, as both ends decide it. */
export const judge = (role: PeerRole) => (facts: Parameters<typeof judgePeer>[0]) =>
  judgePeer(facts, role, { trustDomain: "rolecall", roleFrom: "name" });

/** What a peer of that role shows and trusts. */
export async function tlsOf(role: PeerRole, authority: Authority): Promise<CurrentTlsMaterial> {
  const { certificatePem, keyPem } = await authority.issue(role === "server" ? { role: "server" } : { role: "agent" });
  const pem = { certificate: Buffer.from(certificatePem), key: Buffer.from(keyPem) };
  const checked = checkTlsPem({ ...pem, ca: Buffer.from(authority.certificatePem) }, Date.now());
  if (checked.kind === "unusable") throw new Error(JSON.stringify(checked.problems));
  return new CurrentTlsMaterial(checked.material);
}
