import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import { expect, test } from "@jest/globals";
import { newKeyWithRequest } from "./certificate-request.ts";

/** The elements of one level of DER. */
function elements(der: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < der.length; ) {
    const first = der[at + 1] ?? 0;
    const lengthOctets = first < 0x80 ? 0 : first & 0x7f;
    const length = lengthOctets === 0 ? first : der.readUIntBE(at + 2, lengthOctets);
    const end = at + 2 + lengthOctets + length;
    found.push(der.subarray(at, end));
    at = end;
  }
  return found;
}
const content = (der: Buffer) => der.subarray(der.length - elementLength(der));
function elementLength(der: Buffer): number {
  const first = der[1] ?? 0;
  return first < 0x80 ? first : der.readUIntBE(2, first & 0x7f);
}

test("a request carries the public half of its key, no name and no attribute, and is signed with the private half", () => {
  for (let round = 0; round < 50; round += 1) {
    const { keyPem, request } = newKeyWithRequest();
    const [info, , signature] = elements(content(Buffer.from(request))) as [Buffer, Buffer, Buffer];
    const [version, name, key, attributes] = elements(content(info)) as [Buffer, Buffer, Buffer, Buffer];
    expect([version, name, attributes].map((part) => part.toString("hex"))).toEqual(["020100", "3000", "a000"]);
    const publicKey = createPublicKey({ key, format: "der", type: "spki" });
    expect(publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    expect(createPublicKey(createPrivateKey(keyPem)).equals(publicKey)).toBe(true);
    // A bit string begins with how many bits of its last octet do not count.
    expect(verify("sha256", info, publicKey, content(signature).subarray(1))).toBe(true);
  }
});

test("no two keys are the same", () => {
  expect(newKeyWithRequest().keyPem).not.toBe(newKeyWithRequest().keyPem);
});
