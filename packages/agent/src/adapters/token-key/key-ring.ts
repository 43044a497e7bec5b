import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import type { TokenMacs } from "../../domain/imds/session-token.ts";

export interface TokenKey {
  /** Eight characters of base64url. */
  readonly id: string;
  readonly createdAtMs: number;
  readonly secret: Buffer;
}

interface RingKey extends TokenKey {
  /** As text, one byte a character. */
  readonly mac: (message: string) => Buffer;
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
    return { keyId: this.#current.id, mac: this.#current.mac(message).toString() };
  }

  verify(keyId: string, message: string, mac: string): boolean {
    const key = this.#current.id === keyId ? this.#current : this.#previous;
    if (key?.id !== keyId || mac.length !== MAC_LENGTH) return false;
    GIVEN.write(mac);
    return timingSafeEqual(key.mac(message), GIVEN);
  }

  holds(keyId: string): boolean {
    return this.#current.id === keyId || this.#previous?.id === keyId;
  }
}

/** Of 32 bytes in base64url. */
const MAC_LENGTH = 43;
/** Where a MAC is put to be compared: every request has one. */
const GIVEN = Buffer.alloc(MAC_LENGTH);

function ringKey(key: TokenKey): RingKey {
  const secret: KeyObject = createSecretKey(key.secret);
  return { ...key, mac: (message) => Buffer.from(createHmac("sha256", secret).update(message).digest("base64url")) };
}
