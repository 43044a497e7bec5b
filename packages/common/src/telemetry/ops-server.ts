import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import { errorMessage } from "../errors/error-message.ts";
import type { Readiness } from "../health/readiness.ts";
import { aborted, type Task } from "../lifecycle/run-together.ts";
import { type ListenAddress, listen } from "../net/listen.ts";
import { expose } from "./exposition.ts";

export interface OpsServerOptions {
  readonly address: ListenAddress;
  readonly registry: Registry;
  readonly readiness: Readiness;
  /** Called once with the port that was bound. */
  readonly onListening?: (address: AddressInfo) => void;
}

/**
 * The admin port: `/metrics` for Prometheus, `/healthz` (the process answers) and `/readyz` (503 with one line a failed
 * check) for kubelet. Pods must not reach it; it holds no secret all the same.
 */
export function opsServer({ address, registry, readiness, onListening }: OpsServerOptions): Task {
  return async (signal) => {
    const server = createServer((request, response) => {
      const answer = ({ status, body, contentType = "text/plain; charset=utf-8" }: Answer) => {
        response.writeHead(status, { "content-type": contentType });
        response.end(request.method === "HEAD" ? undefined : body);
      };
      if (request.method !== "GET" && request.method !== "HEAD") {
        answer({ status: 405, body: "only GET is answered here\n" });
      } else {
        const path = request.url?.split("?", 1)[0] ?? "";
        void answerTo(path, request.headers.accept, registry, readiness).then(answer);
      }
    });
    const bound = await listen(server, address, "--admin-address");
    onListening?.(bound);
    await aborted(signal);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

async function answerTo(
  path: string,
  accept: string | undefined,
  registry: Registry,
  readiness: Readiness,
): Promise<Answer> {
  switch (path) {
    case "/healthz":
      return { status: 200, body: "ok\n" };
    case "/readyz": {
      const problems = [...readiness.problems()].map(([check, problem]) => `${check}: ${problem}\n`).join("");
      return problems === "" ? { status: 200, body: "ready\n" } : { status: 503, body: problems };
    }
    case "/metrics":
      try {
        return { status: 200, ...(await expose(registry, accept)) };
      } catch (error) {
        return { status: 500, body: `${errorMessage(error)}\n` };
      }
    default:
      return { status: 404, body: "/metrics, /healthz and /readyz are answered here\n" };
  }
}
