import type { Socket } from "node:net";
import { checkServerIdentity, createSecureContext, type PeerCertificate, type SecureContext } from "node:tls";
import { CallCredentials, ChannelCredentials } from "@grpc/grpc-js";
import { type CertificateFacts, factsOfPeer } from "./certificate-facts.ts";
import type { JudgedPeer } from "./peer-role.ts";
import { tlsContextOptions } from "./tls-context.ts";
import type { TlsMaterial } from "./tls-material.ts";
import type { TlsMaterialSource } from "./tls-material-source.ts";

type CreateSecureConnector = ChannelCredentials["_createSecureConnector"];

/** Whether a certificate that a trusted authority signed, and that has the right name, is a server's. */
export type JudgeServer = (certificate: CertificateFacts) => JudgedPeer;

const serverCheck =
  (judge: JudgeServer) =>
  (host: string, shown: PeerCertificate): Error | undefined => {
    const problem = checkServerIdentity(host, shown);
    if (problem) return problem;
    const verdict = judge(factsOfPeer(shown));
    return verdict.kind === "refused" ? new Error(`${verdict.reason}: ${verdict.detail}`) : undefined;
  };

/**
 * Credentials of a gRPC client that speaks TLS 1.3 alone, checks the server's certificate, its name and its role, and uses
 * the source's current material for each new handshake, those of channels that are open already included. grpc-js's own
 * with a certificate provider leave the lowest version to Node's default, TLS 1.2.
 */
class MutualTlsChannelCredentials extends ChannelCredentials {
  readonly #source: TlsMaterialSource;
  readonly #judge: JudgeServer;
  readonly #contexts = new WeakMap<TlsMaterial, SecureContext>();

  constructor(source: TlsMaterialSource, judge: JudgeServer) {
    super();
    this.#source = source;
    this.#judge = judge;
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(...args: Parameters<CreateSecureConnector>): ReturnType<CreateSecureConnector> {
    return {
      connect: async (socket: Socket) => {
        const material = this.#source.current;
        if (!material) throw new Error("there is no certificate to connect with yet");
        const verify = { checkServerIdentity: serverCheck(this.#judge) };
        return ChannelCredentials.createFromSecureContext(this.#contextOf(material), verify)
          ._createSecureConnector(...args)
          .connect(socket);
      },
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => args[2] ?? CallCredentials.createEmpty(),
      destroy() {},
    };
  }

  #contextOf(material: TlsMaterial): SecureContext {
    const context = this.#contexts.get(material) ?? createSecureContext(tlsContextOptions(material));
    this.#contexts.set(material, context);
    return context;
  }
}

export const clientCredentials = (source: TlsMaterialSource, judge: JudgeServer): ChannelCredentials =>
  new MutualTlsChannelCredentials(source, judge);

/**
 * Credentials of a gRPC client that has no certificate yet, and is as strict with the server's.
 *
 * @param ca PEM of the authorities that are trusted
 */
export const credentialsWithoutCertificate = (ca: string, judge: JudgeServer): ChannelCredentials =>
  ChannelCredentials.createFromSecureContext(createSecureContext({ ca, minVersion: "TLSv1.3" }), {
    checkServerIdentity: serverCheck(judge),
  });
