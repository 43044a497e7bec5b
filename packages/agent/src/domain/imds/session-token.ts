/**
 * Signs and checks with keys that outlive a restart, since the Rust SDK and Java's metadata client go on sending an old
 * token for hours after a 401. The ring holds the key that signs now and the one before it.
 */
export interface TokenMacs {
  /** @returns the signing key's name ([A-Za-z0-9_-], at most 16) and the message's MAC, 43 characters of base64url */
  sign(message: string): { readonly keyId: string; readonly mac: string };
  /** In constant time; false for a key that is not in the ring. */
  verify(keyId: string, message: string, mac: string): boolean;
  /** Whether a key is in the ring. */
  holds(keyId: string): boolean;
}

/** EC2's bounds: six hours at most. */
const MAX_TTL_SECONDS = 21_600;

/** Reads `X-aws-ec2-metadata-token-ttl-seconds`; undefined when it is no whole number from 1 to 21600. */
export function parseTtlSeconds(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d{1,5}$/.test(value)) return undefined;
  const seconds = Number(value);
  return seconds >= 1 && seconds <= MAX_TTL_SECONDS ? seconds : undefined;
}

/** Version, key, expiry in milliseconds (base 36), MAC. The owner is not in it: it is signed, and known at each use. */
const TOKEN = /^1\.([A-Za-z0-9_-]{1,16})\.([0-9a-z]{1,10})\.([A-Za-z0-9_-]{43})$/;

const messageOf = (owner: string, expiry: string) => `rolecall metadata token\n1\n${owner}\n${expiry}`;

/** Enough for the tokens in use on a node; beyond, they are checked anew. */
const MAX_KNOWN_TOKENS = 512;

/** A token that was found to be valid. */
interface KnownToken {
  readonly owner: string;
  readonly keyId: string;
  readonly expiresAtMs: number;
}

/** Tokens that only their owner can use. An owner is a pod's UID and not its address, which the next pod may get. */
export class SessionTokens {
  readonly #macs: TokenMacs;
  /** A client sends its token with each request for hours. What has not been proven is never in here. */
  readonly #known = new Map<string, KnownToken>();

  constructor(macs: TokenMacs) {
    this.#macs = macs;
  }

  issue(owner: string, ttlSeconds: number, nowMs: number): string {
    const expiry = (nowMs + ttlSeconds * 1_000).toString(36);
    const { keyId, mac } = this.#macs.sign(messageOf(owner, expiry));
    return `1.${keyId}.${expiry}.${mac}`;
  }

  /** Whether the owner may use the token now. That takes no memory of its issue: a token outlives this process with its key. */
  isValid(token: string, owner: string, nowMs: number): boolean {
    const known = this.#known.get(token) ?? this.#proven(token, owner);
    return known !== undefined && known.owner === owner && known.expiresAtMs > nowMs && this.#macs.holds(known.keyId);
  }

  #proven(token: string, owner: string): KnownToken | undefined {
    const [, keyId, expiry, mac] = TOKEN.exec(token) ?? [];
    if (keyId === undefined || expiry === undefined || mac === undefined) return undefined;
    if (!this.#macs.verify(keyId, messageOf(owner, expiry), mac)) return undefined;
    const known = { owner, keyId, expiresAtMs: Number.parseInt(expiry, 36) };
    if (this.#known.size >= MAX_KNOWN_TOKENS) this.#known.clear();
    this.#known.set(token, known);
    return known;
  }
}

/** Whether a text may be a token: what has another form can be refused before its owner is known. */
export const hasTokenForm = (text: string): boolean => TOKEN.test(text);
