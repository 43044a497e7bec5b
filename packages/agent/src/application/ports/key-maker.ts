export interface KeyWithRequest {
  /** PKCS #8. */
  readonly keyPem: string;
  /** PKCS #10, DER. */
  readonly request: Uint8Array;
}

/** Makes a key and a request for a certificate of it. */
export type MakeKey = () => KeyWithRequest;
