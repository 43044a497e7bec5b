import { createServer } from "node:net";
import { listen } from "@rolecall/common/net/listen";

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const { port } = await listen(server, { host: "127.0.0.1", port: 0 }, "a free port");
  await new Promise((resolve) => server.close(resolve));
  return port;
}
