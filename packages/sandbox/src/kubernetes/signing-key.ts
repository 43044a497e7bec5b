import { createHash, generateKeyPairSync, sign } from "node:crypto";

/** A key that the API server signs ServiceAccount tokens with (`--service-account-signing-key-file`). */
export class SigningKey {
  readonly id: string;
  /** As `/openid/v1/jwks` shows it. */
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly #sign: (content: string) => Buffer;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const der = publicKey.export({ type: "spki", format: "der" });
    this.id = createHash("sha256").update(der).digest("base64url");
    this.jwk = { use: "sig", kid: this.id, alg: "ES256", ...publicKey.export({ format: "jwk" }) };
    this.#sign = (content) => sign("sha256", Buffer.from(content), { key: privateKey, dsaEncoding: "ieee-p1363" });
  }

  /** @param header what is to be otherwise than in a genuine token's */
  sign(claims: object, header: object = {}): string {
    const content = `${encode({ alg: "ES256", kid: this.id, ...header })}.${encode(claims)}`;
    return `${content}.${this.#sign(content).toString("base64url")}`;
  }
}

const encode = (json: object): string => Buffer.from(JSON.stringify(json)).toString("base64url");
