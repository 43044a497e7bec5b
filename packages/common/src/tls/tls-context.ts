import type { SecureContextOptions } from "node:tls";
import type { TlsMaterial } from "./tls-material.ts";

/** The settings of a handshake. Said whole each time: `setSecureContext` forgets what it is not told, the version too. */
export const tlsContextOptions = ({ ca, certificate, key }: TlsMaterial): SecureContextOptions => ({
  ca,
  cert: certificate,
  key,
  minVersion: "TLSv1.3",
});
