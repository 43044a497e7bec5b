/**
 * Signs and checks with keys that outlive a restart, since the Rust SDK and Java's metadata client go on sending an old
 * token for hours after a 401. The ring holds the key that signs now and the one before it.
 */
export interface TokenMacs {
  /** @returns the signing key's name ([A-Za-z0-9_-], at most 16) and the message's MAC, 43 characters of base64url */
  sign(message: string): { readonly keyId: string; readonly mac: string };
  /** In constant time; false for a key that is not in the ring. */
  verify(keyId: string, message: string, mac: string): boolean;
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
const MAX_TOKEN_LENGTH = 75;

const messageOf = (owner: string, expiry: string) => `rolecall metadata token\n1\n${owner}\n${expiry}`;

/**
 * A token that only its owner can use, checked without any memory of it.
 *
 * @param owner the pod's UID and not its address, which the next pod may get
 */
export function issueToken(macs: TokenMacs, owner: string, ttlSeconds: number, nowMs: number): string {
  const expiry = (nowMs + ttlSeconds * 1_000).toString(36);
  const { keyId, mac } = macs.sign(messageOf(owner, expiry));
  return `1.${keyId}.${expiry}.${mac}`;
}

/** A text that has the form of our tokens, and may be one. */
export interface ClaimedToken {
  readonly keyId: string;
  readonly expiry: string;
  readonly mac: string;
}

/** @returns undefined for what is refused before its owner is known */
export function parseToken(text: string): ClaimedToken | undefined {
  if (text.length > MAX_TOKEN_LENGTH) return undefined;
  const [, keyId, expiry, mac] = TOKEN.exec(text) ?? [];
  return keyId === undefined || expiry === undefined || mac === undefined ? undefined : { keyId, expiry, mac };
}

export function tokenIsValid(
  macs: TokenMacs,
  { keyId, expiry, mac }: ClaimedToken,
  owner: string,
  nowMs: number,
): boolean {
  return Number.parseInt(expiry, 36) > nowMs && macs.verify(keyId, messageOf(owner, expiry), mac);
}
