import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import type { Authority } from "../../domain/pki/authority.ts";
import { X509Certificates } from "./x509-certificates.ts";

const NOW_MS = Date.parse("2026-01-01T00:00:00Z");
const VALIDITY = { notBeforeMs: NOW_MS, notAfterMs: NOW_MS + 86_400_000 };
const maker = new X509Certificates({
  trustDomain: "example",
  serverNames: ["rolecall-server.rolecall.svc", "127.0.0.1"],
});

async function anAuthority(): Promise<Authority> {
  const made = await maker.authority(VALIDITY);
  return { ...made, createdAtMs: NOW_MS, notAfterMs: VALIDITY.notAfterMs, phase: { kind: "active", sinceMs: NOW_MS } };
}

describe("what the servers sign", () => {
  test("an authority signs leaves alone, and has a name that no other has", async () => {
    const [one, other] = await Promise.all([anAuthority(), anAuthority()]);
    const certificate = new X509Certificate(one.certificatePem);
    expect(certificate.ca).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(one.keyPem))).toBe(true);
    expect(certificate.subject).not.toBe(new X509Certificate(other.certificatePem).subject);
  });

  test("a server's certificate names the server and the names it is reached by, and is of no use to an agent", async () => {
    const authority = await anAuthority();
    const { certificatePem, keyPem, serial } = await maker.server(authority, VALIDITY);
    const certificate = new X509Certificate(certificatePem);
    expect(certificate.subjectAltName).toBe(
      "URI:spiffe://example/server, DNS:rolecall-server.rolecall.svc, IP Address:127.0.0.1",
    );
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(certificate.ca).toBe(false);
    expect(certificate.verify(new X509Certificate(authority.certificatePem).publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
    expect(certificate.serialNumber.toLowerCase()).toBe(serial);
    expect(certificate.validToDate.getTime()).toBe(VALIDITY.notAfterMs);
  });
});
