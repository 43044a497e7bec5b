import { connect, createServer, type Server, type Socket } from "node:net";
import { listen } from "@rolecall/common/net/listen";

export interface PodDoor {
  /** Where a client that plays the pod finds its metadata service. */
  readonly endpoint: string;
  close(): void;
}

/**
 * Lets any local client play a pod: what is sent to the pod's own loopback address goes on to the agent from that address,
 * as the interception rule does it on a node. Bytes pass unchanged.
 */
export async function openPodDoor(
  podIp: string,
  port: number,
  agent: { host: string; port: number },
): Promise<PodDoor> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const toAgent = connect({ ...agent, localAddress: podIp });
    for (const [from, to] of [
      [client, toAgent],
      [toAgent, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => sockets.delete(from));
    }
  });
  const bound = await listen(server, { host: podIp, port }, "the demonstration's pod address");
  return {
    endpoint: `http://${podIp}:${bound.port}`,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
