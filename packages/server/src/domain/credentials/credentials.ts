/** What STS answered for an assumption. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** End of life, milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** When STS issued them, milliseconds since 1970. */
  readonly receivedAtMs: number;
  /** STS's name of the call that obtained them. */
  readonly stsRequestId?: string | undefined;
}
