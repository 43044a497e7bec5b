import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { errorMessage } from "@rolecall/common/errors/error-message";
import { aborted, type Task } from "@rolecall/common/lifecycle/run-together";
import { type ListenAddress, listen } from "@rolecall/common/net/listen";
import type { FleetReport } from "../../domain/fleet/fleet-report.ts";
import type { PodReport, TriedAssumption } from "../../domain/fleet/pod-report.ts";
import { type Answer, json, text } from "./answer.ts";
import { browserRefusal } from "./browser-refusal.ts";
import { statusPage } from "./status-page.ts";

export interface LocalApiOptions {
  readonly address: ListenAddress;
  readonly fleet: () => FleetReport;
  readonly pod: (namespace: string, name: string) => PodReport;
  readonly tryAssumption: (namespace: string, name: string, signal: AbortSignal) => Promise<TriedAssumption>;
  readonly onListening?: (address: AddressInfo) => void;
}

/** Longer than an AssumeRole call's own limit. */
const TRY_MS = 10_000;

const FLEET = "/api/v1/fleet";
const POD = /^\/api\/v1\/pods\/([^/]+)\/([^/]+)$/;
const TRY = /^\/api\/v1\/pods\/([^/]+)\/([^/]+)\/assume-role$/;

const TRY_STATUS: Readonly<Record<TriedAssumption["kind"], number>> = {
  credentials: 200,
  failed: 200,
  unanswered: 503,
  "not-granted": 409,
  "not-found": 404,
  "too-often": 429,
};

/**
 * The status page, and the API that the `rolecall` command reads. It listens on a loopback address, which in a pod is the
 * pod's own: only `kubectl port-forward`, `kubectl exec` and the node's root reach it, whatever network policies say.
 */
export function localApiServer(options: LocalApiOptions): Task {
  return async (signal) => {
    const server = createServer((request, response) => {
      answerTo(request, options, signal).then(
        (answer) => write(request, response, answer),
        (error: unknown) => write(request, response, text(500, `${errorMessage(error)}\n`)),
      );
    });
    const bound = await listen(server, options.address, "--local-api-address");
    options.onListening?.(bound);
    await aborted(signal);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}

async function answerTo(request: IncomingMessage, options: LocalApiOptions, signal: AbortSignal): Promise<Answer> {
  const refusal = browserRefusal(request);
  if (refusal) return text(403, `${refusal}\n`);
  const path = request.url?.split("?", 1)[0] ?? "";
  const [, namespace, name] = (POD.exec(path) ?? TRY.exec(path) ?? []).map(decoded);
  const isTry = TRY.test(path);
  if (request.method !== (isTry ? "POST" : "GET") && (isTry || request.method !== "HEAD")) {
    return text(405, `only ${isTry ? "POST" : "GET"} is answered here\n`);
  }
  if (namespace !== undefined && name !== undefined) {
    if (!isTry) return json(200, options.pod(namespace, name));
    const outcome = await options.tryAssumption(
      namespace,
      name,
      AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]),
    );
    return json(TRY_STATUS[outcome.kind], outcome);
  }
  if (path === FLEET) return json(200, options.fleet());
  return (
    statusPage(path) ?? text(404, `the status page is at /, the API at ${FLEET} and /api/v1/pods/NAMESPACE/NAME\n`)
  );
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function write(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { "cache-control": "no-store", "x-content-type-options": "nosniff", ...headers });
  response.end(request.method === "HEAD" ? undefined : body);
}
