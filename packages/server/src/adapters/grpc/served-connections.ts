import type { TLSSocket } from "node:tls";
import { type Server, ServerCredentials } from "@grpc/grpc-js";
import type { TlsListener } from "./tls-listener.ts";

/** A gRPC server's connections that a listener of ours has met: what is injected is TLS already. */
export class ServedConnections {
  readonly #server: Server;
  #injector: ReturnType<Server["createConnectionInjector"]>;
  readonly #graceMs: number;

  /** @param graceMs how long calls live on after their connection was asked to end */
  constructor(server: Server, graceMs: number) {
    this.#server = server;
    this.#injector = injectorOf(server);
    this.#graceMs = graceMs;
  }

  readonly serve = (socket: TLSSocket): void => this.#injector.injectConnection(socket);

  /** Asks each connection that is open to end. */
  drain(): void {
    // At the end of the grace an injector cuts off all that it has then: what comes from now on is another's.
    const drained = this.#injector;
    this.#injector = injectorOf(this.#server);
    drained.drain(this.#graceMs);
  }

  /** Takes no more connections, and waits until the calls under way are over, or the grace is. */
  async end(listener: TlsListener): Promise<void> {
    this.drain();
    // grpc-js's `tryShutdown` would not wait: of connections that were injected it knows none.
    await listener.close(this.#graceMs);
    this.#server.forceShutdown();
  }
}

const injectorOf = (server: Server) => server.createConnectionInjector(ServerCredentials.createInsecure());
