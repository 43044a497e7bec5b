import { errorMessage } from "@rolecall/common/errors/error-message";
import type { FleetReport } from "@rolecall/server/domain/fleet/fleet-report";
import type { PodReport, TriedAssumption } from "@rolecall/server/domain/fleet/pod-report";
import type { Servers } from "../../application/ports/servers.ts";
import type { Answer } from "../../domain/fleet/answer.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** A way to one server's local API. */
export interface Route {
  readonly server: string;
  request(method: "GET" | "POST", path: string, signal: AbortSignal): Promise<HttpAnswer>;
}

/** Longer than the server itself waits for STS. */
const ANSWER_MS = 15_000;

/** Asks every server by its route, all at once. */
export class LocalApis implements Servers {
  readonly #routes: () => Promise<readonly Route[]>;

  constructor(routes: () => Promise<readonly Route[]>) {
    this.#routes = routes;
  }

  fleets(): Promise<readonly Answer<FleetReport>[]> {
    return this.#askAll("/api/v1/fleet");
  }

  pod(namespace: string, name: string): Promise<readonly Answer<PodReport>[]> {
    return this.#askAll(podPath(namespace, name));
  }

  async tryAssumption(server: string, namespace: string, name: string): Promise<Answer<TriedAssumption>> {
    const route = (await this.#routes()).find((each) => each.server === server);
    if (!route) return { kind: "unreachable", server, why: "it is gone" };
    return ask(route, "POST", `${podPath(namespace, name)}/assume-role`);
  }

  async #askAll<T>(path: string): Promise<readonly Answer<T>[]> {
    return Promise.all((await this.#routes()).map((route) => ask<T>(route, "GET", path)));
  }
}

const podPath = (namespace: string, name: string) =>
  `/api/v1/pods/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;

async function ask<T>(route: Route, method: "GET" | "POST", path: string): Promise<Answer<T>> {
  const { server } = route;
  try {
    const { status, body } = await route.request(method, path, AbortSignal.timeout(ANSWER_MS));
    if (body.startsWith("{")) return { kind: "answered", server, report: JSON.parse(body) as T };
    const old = status === 404 ? "; is it older than this command?" : "";
    return { kind: "unreachable", server, why: `answered ${status}: ${body.trim()}${old}` };
  } catch (error) {
    return { kind: "unreachable", server, why: errorMessage(error) };
  }
}
