import type { Route } from "./local-api.ts";

/** To a local API that can be reached as it is: in the server's own pod, or by a port-forward that is open already. */
export const directRoute = (url: string): Route => ({
  server: url,
  async request(method, path, signal) {
    const response = await fetch(new URL(path, url), { method, signal });
    return { status: response.status, body: await response.text() };
  },
});
