import { generateKeyPairSync, sign } from "node:crypto";
import type { KeyWithRequest } from "../../application/ports/key-maker.ts";

/** DER, X.690: an element is its tag, the length of its content, and its content. */
const der = (tag: number, ...content: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(content);
  const length =
    body.length < 0x80
      ? [body.length]
      : body.length < 0x100
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};

const SEQUENCE = 0x30;
const VERSION_0 = Buffer.from([0x02, 0x01, 0x00]);
const NO_ATTRIBUTES = Buffer.from([0xa0, 0x00]);
/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2. */
const ECDSA_SHA256 = der(SEQUENCE, Buffer.from([0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));

/**
 * A new P-256 key and a PKCS #10 request (RFC 2986) for a certificate of it. Node can sign and cannot make requests, and the
 * libraries that can cost an agent megabytes; as the server reads nothing but the key, the request has no name and no
 * attribute, and is a frame of fixed bytes around key and signature.
 */
export function newKeyWithRequest(): KeyWithRequest {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const noName = der(SEQUENCE);
  const info = der(SEQUENCE, VERSION_0, noName, publicKey.export({ type: "spki", format: "der" }), NO_ATTRIBUTES);
  const signature = der(0x03, Buffer.from([0x00]), sign("sha256", info, privateKey));
  return {
    keyPem: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    request: der(SEQUENCE, info, ECDSA_SHA256, signature),
  };
}
