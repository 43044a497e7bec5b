/** What STS answered for an assumption, as the feed brought it. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** True end of life, milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** When STS issued them, milliseconds since 1970. */
  readonly receivedAtMs: number;
  /** The account of the assumed role, twelve digits. */
  readonly accountId: string;
}
