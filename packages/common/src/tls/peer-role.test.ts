import { describe, expect, test } from "@jest/globals";
import { type CertificateFacts, EXTENDED_KEY_USAGE } from "./certificate-facts.ts";
import { judgePeer, type PeerRole, type PeerRoleSource } from "./peer-role.ts";

const judge = (facts: Partial<CertificateFacts>, wanted: PeerRole = "agent", roleFrom: PeerRoleSource = "name") => {
  const whole = { notBeforeMs: 0, notAfterMs: 1, dnsNames: [], uris: [], extendedKeyUsage: [], serialNumber: "1" };
  const verdict = judgePeer({ ...whole, ...facts }, wanted, { trustDomain: "rolecall", roleFrom });
  return verdict.kind === "peer" ? (verdict.node ?? "taken") : verdict.reason;
};
const { clientAuth, serverAuth } = EXTENDED_KEY_USAGE;

describe("a certificate is an agent's", () => {
  test.each<[string, Partial<CertificateFacts>, string]>([
    ["by its URI", { uris: ["spiffe://rolecall/agent"] }, "taken"],
    [
      "by the URI of a node, and then of that node alone",
      { uris: ["spiffe://rolecall/node/ip-10-0-1-7.ec2.internal"] },
      "ip-10-0-1-7.ec2.internal",
    ],
    ["by its DNS name", { dnsNames: ["agent.rolecall.internal"] }, "taken"],
    [
      "by both, where they say the same",
      { uris: ["spiffe://rolecall/agent"], dnsNames: ["agent.rolecall.internal"] },
      "taken",
    ],
    [
      "whatever other names it has",
      { uris: ["https://example.com", "spiffe://rolecall/agent"], dnsNames: ["localhost"] },
      "taken",
    ],
  ])("%s", (_how, facts, verdict) => {
    expect(judge(facts)).toBe(verdict);
  });
});

describe("a certificate is refused", () => {
  test.each<[string, Partial<CertificateFacts>, string]>([
    ["that is a server's", { uris: ["spiffe://rolecall/server"] }, "certificate-of-another-role"],
    ["that is a server's by its DNS name", { dnsNames: ["server.rolecall.internal"] }, "certificate-of-another-role"],
    ["of a path that means nothing", { uris: ["spiffe://rolecall/agents"] }, "certificate-of-another-role"],
    ["of a node's name that is none", { uris: ["spiffe://rolecall/node/../server"] }, "certificate-of-another-role"],
    ["of another trust domain", { uris: ["spiffe://other/agent"] }, "certificate-of-another-trust-domain"],
    [
      "of a trust domain that only begins like ours",
      { uris: ["spiffe://rolecall.evil/agent"] },
      "certificate-of-another-trust-domain",
    ],
    [
      "of two trust domains",
      { uris: ["spiffe://rolecall/agent", "spiffe://other/agent"] },
      "certificate-of-another-trust-domain",
    ],
    ["of two roles", { uris: ["spiffe://rolecall/agent", "spiffe://rolecall/server"] }, "certificate-ambiguous"],
    [
      "of an agent by one name and a server by another",
      { uris: ["spiffe://rolecall/agent"], dnsNames: ["server.rolecall.internal"] },
      "certificate-ambiguous",
    ],
    ["of two nodes", { uris: ["spiffe://rolecall/node/a", "spiffe://rolecall/node/b"] }, "certificate-ambiguous"],
    ["that names no role, its usage being as it may", { extendedKeyUsage: [clientAuth] }, "certificate-without-role"],
  ])("%s", (_what, facts, reason) => {
    expect(judge(facts)).toBe(reason);
  });
});

describe("where usage may stand for a role,", () => {
  test("a certificate for clients alone is an agent's, and one for servers alone a server's", () => {
    expect(judge({ extendedKeyUsage: [clientAuth] }, "agent", "usage")).toBe("taken");
    expect(judge({ extendedKeyUsage: [serverAuth] }, "server", "usage")).toBe("taken");
  });

  test.each<[string, Partial<CertificateFacts>, string]>([
    ["for both uses", { extendedKeyUsage: [clientAuth, serverAuth] }, "certificate-without-role"],
    ["for any use", {}, "certificate-without-role"],
    ["for the other use", { extendedKeyUsage: [serverAuth] }, "certificate-without-role"],
    [
      "that names the other role",
      { uris: ["spiffe://rolecall/server"], extendedKeyUsage: [clientAuth] },
      "certificate-of-another-role",
    ],
    [
      "of another trust domain",
      { uris: ["spiffe://other/agent"], extendedKeyUsage: [clientAuth] },
      "certificate-of-another-trust-domain",
    ],
  ])("one %s is refused", (_what, facts, reason) => {
    expect(judge(facts, "agent", "usage")).toBe(reason);
  });
});
