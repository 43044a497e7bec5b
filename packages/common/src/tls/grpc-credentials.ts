import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { CallCredentials, ChannelCredentials, ServerCredentials } from "@grpc/grpc-js";
import type { TlsMaterial } from "./tls-material.ts";
import type { TlsMaterialSource } from "./tls-material-source.ts";

/** Said anew with each context: `setSecureContext` forgets what it is not told. */
const contextOptions = ({ ca, certificate, key }: TlsMaterial): SecureContextOptions => ({
  ca,
  cert: certificate,
  key,
  minVersion: "TLSv1.3",
});

/**
 * Credentials of a gRPC server that speaks TLS 1.3 alone, takes only peers whose certificate one of its authorities
 * signed, and uses the source's current material for each new handshake. grpc-js's own (`createSsl`, and those of its
 * certificate providers) leave the lowest version to Node's default, TLS 1.2.
 */
class MutualTlsServerCredentials extends ServerCredentials {
  readonly #source: TlsMaterialSource;
  #unsubscribe = () => {};

  constructor(source: TlsMaterialSource) {
    super(
      { requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.3" },
      source.current && contextOptions(source.current),
    );
    this.#source = source;
  }

  override _addWatcher(watcher: Parameters<ServerCredentials["_addWatcher"]>[0]): void {
    if (this.getWatcherCount() === 0) {
      this.#unsubscribe = this.#source.onChange((material) =>
        this.updateSecureContextOptions(contextOptions(material)),
      );
    }
    super._addWatcher(watcher);
  }

  override _removeWatcher(watcher: Parameters<ServerCredentials["_removeWatcher"]>[0]): void {
    super._removeWatcher(watcher);
    if (this.getWatcherCount() === 0) this.#unsubscribe();
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

export const serverCredentials = (source: TlsMaterialSource): ServerCredentials =>
  new MutualTlsServerCredentials(source);

type CreateSecureConnector = ChannelCredentials["_createSecureConnector"];

/**
 * Credentials of a gRPC client that speaks TLS 1.3 alone, checks the server's certificate, the name in it included, and
 * uses the source's current material for each new handshake, those of channels that are open already included.
 */
class MutualTlsChannelCredentials extends ChannelCredentials {
  readonly #source: TlsMaterialSource;
  readonly #contexts = new WeakMap<TlsMaterial, SecureContext>();

  constructor(source: TlsMaterialSource) {
    super();
    this.#source = source;
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
        const connector = ChannelCredentials.createFromSecureContext(this.#contextOf(material))._createSecureConnector(
          ...args,
        );
        return connector.connect(socket);
      },
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => args[2] ?? CallCredentials.createEmpty(),
      destroy() {},
    };
  }

  #contextOf(material: TlsMaterial): SecureContext {
    const context = this.#contexts.get(material) ?? createSecureContext(contextOptions(material));
    this.#contexts.set(material, context);
    return context;
  }
}

export const clientCredentials = (source: TlsMaterialSource): ChannelCredentials =>
  new MutualTlsChannelCredentials(source);
