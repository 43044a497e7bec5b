import { X509Certificate } from "node:crypto";

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Whether one of a bundle's authorities signed a certificate. Both are PEM. */
export function isSignedBy(certificatePem: string, bundlePem: string): boolean {
  const certificate = new X509Certificate(certificatePem);
  return (bundlePem.match(PEM_CERTIFICATE) ?? [])
    .map((pem) => new X509Certificate(pem))
    .some((authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
}
