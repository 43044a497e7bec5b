import { createSecureContext } from "node:tls";
import { ChannelCredentials, ServerCredentials } from "@grpc/grpc-js";
import type { TlsMaterial } from "./tls-files.ts";

/**
 * Credentials of a gRPC server that speaks TLS 1.3 alone and takes only peers whose certificate one of its authorities
 * signed. `ServerCredentials.createSsl` would leave the lowest version to Node's default, TLS 1.2.
 */
class MutualTlsServerCredentials extends ServerCredentials {
  constructor({ ca, certificate, key }: TlsMaterial) {
    super({ requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.3" }, { ca, cert: certificate, key });
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

export const serverCredentials = (material: TlsMaterial): ServerCredentials => new MutualTlsServerCredentials(material);

/** Credentials of a gRPC client that speaks TLS 1.3 alone and checks the server's certificate, the name in it included. */
export const clientCredentials = ({ ca, certificate, key }: TlsMaterial): ChannelCredentials =>
  ChannelCredentials.createFromSecureContext(
    createSecureContext({ ca, cert: certificate, key, minVersion: "TLSv1.3" }),
  );
