import type { Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";
import { type ListenAddress, listen } from "@rolecall/common/net/listen";
import type { Connections } from "./connections.ts";

/** Where a stand-in listens unless told otherwise: a free port that only this machine reaches. */
export const LOOPBACK: ListenAddress = { host: "127.0.0.1", port: 0 };

/** A listening stand-in's socket side. */
export interface LocalServer {
  readonly url: string;
  readonly port: number;
  /** Ends every connection and has new ones refused, as if the process had died. */
  refuseConnections(): Promise<void>;
  /** Listens again on the same port. */
  acceptConnections(): Promise<void>;
  /** Ends every connection and frees the port. */
  stop(): Promise<void>;
}

export async function startLocalServer(
  server: HttpServer | HttpsServer,
  connections: Connections,
  address: ListenAddress = LOOPBACK,
): Promise<LocalServer> {
  const { port } = await listen(server, address, "--listen-address");
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  const close = async () => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    connections.endAll();
    await closed;
  };
  return {
    url: `${"setSecureContext" in server ? "https" : "http"}://${host}:${port}`,
    port,
    refuseConnections: close,
    acceptConnections: async () => {
      if (!server.listening) await listen(server, { host: address.host, port }, "--listen-address");
    },
    stop: close,
  };
}
