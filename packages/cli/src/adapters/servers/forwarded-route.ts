import { request as httpRequest } from "node:http";
import { Duplex, PassThrough } from "node:stream";
import { type KubeConfig, PortForward } from "@kubernetes/client-node";
import type { HttpAnswer, Route } from "./local-api.ts";

/** Where a server's local API listens in its pod. */
const LOCAL_API_PORT = 9_621;

/** To the local API of a server's pod, by the port-forward of the Kubernetes API: one connection a request. */
export const forwardedRoute = (config: KubeConfig, namespace: string, pod: string): Route => ({
  server: pod,
  async request(method, path, signal) {
    const { connection, problem, close } = await connect(config, namespace, pod);
    try {
      return await exchange(connection, method, path, signal);
    } catch (error) {
      // What the node says of the port is why the connection broke.
      throw problem() === "" ? error : new Error(problem(), { cause: error });
    } finally {
      close();
    }
  },
});

async function connect(config: KubeConfig, namespace: string, pod: string) {
  const toPod = new PassThrough();
  const fromPod = new PassThrough();
  const complaints = new PassThrough();
  let problem = "";
  complaints.setEncoding("utf8").on("data", (text: string) => {
    problem += text;
    fromPod.destroy();
  });
  const socket = await new PortForward(config)
    .portForward(namespace, pod, [LOCAL_API_PORT], fromPod, complaints, toPod)
    .catch((error: unknown) => {
      throw new Error(`cannot port-forward to the pod ${namespace}/${pod}`, { cause: error });
    });
  const webSocket = typeof socket === "function" ? socket() : socket;
  webSocket?.addEventListener("close", () => fromPod.end());
  return {
    connection: Duplex.from({ readable: fromPod, writable: toPod }),
    problem: () => problem.trim(),
    close: () => webSocket?.close(),
  };
}

function exchange(connection: Duplex, method: string, path: string, signal: AbortSignal): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { createConnection: () => connection, host: "localhost", method, path, signal, headers: { connection: "close" } },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          body += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
        response.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}
