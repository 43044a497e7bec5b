import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { memoized } from "../../domain/imds/memo.ts";
import type { TokenMacs } from "../../domain/imds/session-token.ts";

export interface TokenKey {
  /** Eight characters of base64url. */
  readonly id: string;
  readonly createdAtMs: number;
  readonly secret: Buffer;
}

/** Enough for the tokens in use on a node; a MAC remembered is a twentieth of one computed. */
const MAX_REMEMBERED_MACS = 512;

interface RingKey extends TokenKey {
  readonly mac: (message: string) => string;
}

/** HMAC-SHA256 under the newest of at most two keys, checked under either. */
export class KeyRing implements TokenMacs {
  #current: RingKey;
  #previous: RingKey | undefined;

  constructor(current: TokenKey, previous?: TokenKey) {
    this.#current = ringKey(current);
    this.#previous = previous && ringKey(previous);
  }

  /** Newest first. */
  get keys(): readonly TokenKey[] {
    return this.#previous ? [this.#current, this.#previous] : [this.#current];
  }

  /** Signs with `next` from now on; what the key before last signed is no longer valid. */
  advance(next: TokenKey): void {
    this.#previous = this.#current;
    this.#current = ringKey(next);
  }

  /** Signs and checks with other keys from now on. */
  replace(current: TokenKey, previous?: TokenKey): void {
    this.#current = ringKey(current);
    this.#previous = previous && ringKey(previous);
  }

  sign(message: string): { readonly keyId: string; readonly mac: string } {
    return { keyId: this.#current.id, mac: this.#current.mac(message) };
  }

  verify(keyId: string, message: string, mac: string): boolean {
    const key = [this.#current, this.#previous].find((candidate) => candidate?.id === keyId);
    if (!key) return false;
    const [expected, given] = [Buffer.from(key.mac(message)), Buffer.from(mac)];
    return expected.length === given.length && timingSafeEqual(expected, given);
  }
}

function ringKey(key: TokenKey): RingKey {
  const secret: KeyObject = createSecretKey(key.secret);
  const mac = memoized(
    (message) => createHmac("sha256", secret).update(message).digest("base64url"),
    MAX_REMEMBERED_MACS,
  );
  return { ...key, mac };
}
