export interface EnrolledCertificate {
  readonly certificatePem: string;
  readonly notAfterMs: number;
}

/** A server that signs this node's certificate, whichever of them answers. */
export interface Enrollment {
  /**
   * @param request PKCS #10, DER
   * @param bundlePem the authorities of which one must have signed the server's certificate
   * @throws BrokerError
   */
  ask(request: Uint8Array, bundlePem: string, signal: AbortSignal): Promise<EnrolledCertificate>;
}
