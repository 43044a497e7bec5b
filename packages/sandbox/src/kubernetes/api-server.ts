import { writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { ListenAddress } from "@rolecall/common/net/listen";
import { type Clock, systemClock } from "@rolecall/common/time/clock";
import { type Authority, createAuthority } from "../certs/authority.ts";
import { Journal } from "../control/journal.ts";
import { Connections } from "../http/connections.ts";
import { type LocalServer, startLocalServer } from "../http/local-server.ts";
import { Access } from "./access.ts";
import { Cluster } from "./cluster.ts";
import { Faults, type RequestMatch } from "./faults.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { ObjectStore } from "./object-store.ts";
import { type ApiRequest, handleRequest } from "./request-handler.ts";
import { API_AUDIENCE, Tokens } from "./tokens.ts";
import { WatchStreams } from "./watch-streams.ts";
import { Workloads } from "./workloads.ts";

export interface KubernetesOptions {
  /** Stamps objects and times watches out. TLS is judged by the system's clock all the same. */
  readonly clock?: Clock;
  readonly address?: ListenAddress;
  /** How many changes are kept before the older half is compacted. */
  readonly historyLimit?: number;
  /** Signs the server's certificate; one of its own when absent. */
  readonly authority?: Authority;
}

/** A running stand-in: its address, its state and its switches. */
export interface KubernetesStandIn extends LocalServer {
  readonly caPem: string;
  /** A bearer token that may do everything, of the user `sandbox`. */
  readonly token: string;
  /** Pods, namespaces, nodes and events. */
  readonly workloads: Workloads;
  /** Every kind of object. */
  readonly cluster: Cluster;
  /** Hears of every change of any object. */
  onChange(listener: () => void): () => void;
  readonly tokens: Tokens;
  readonly access: Access;
  readonly faults: Faults;
  readonly watches: WatchStreams;
  readonly requests: Journal<ApiRequest>;
  /** How many requests came in. */
  countRequests(match: RequestMatch): number;
  /** Resolves when at least `count` such requests have come in. */
  whenRequested(match: RequestMatch, count?: number): Promise<void>;
  /** Makes every resource version and continue token that was handed out until now too old: 410. Open watches go on. */
  compact(): void;
  kubeconfig(token?: string): string;
  /** Writes a kubeconfig that only its owner can read. */
  writeKubeconfig(file: string, token?: string): void;
}

/** Starts a Kubernetes API with the namespaces `default` and `kube-system` in it and nothing else. */
export async function startKubernetes(options: KubernetesOptions = {}): Promise<KubernetesStandIn> {
  const { clock = systemClock, address, historyLimit = 20_000, authority = await createAuthority() } = options;
  const leaf = await authority.issue({ role: "server", names: ["kubernetes.default.svc"] });
  const server = createServer({ cert: leaf.certificatePem, key: leaf.keyPem });
  const connections = new Connections(server);

  const store = new ObjectStore(historyLimit);
  const cluster = new Cluster(store, clock);
  const watches = new WatchStreams(store, clock, connections);
  const listeners = new Set<() => void>();
  store.listen(() => {
    watches.deliver();
    for (const listener of [...listeners]) listener();
  });
  const tokens = new Tokens(() => clock.nowMs());
  const access = new Access();
  const faults = new Faults();
  const requests = new Journal<ApiRequest>();
  const parts = { connections, store, cluster, watches, tokens, access, faults, requests };
  server.on("request", (request, response) => handleRequest(parts, request, response));

  const workloads = new Workloads(cluster, () => clock.nowMs());
  for (const name of ["default", "kube-system"]) workloads.createNamespace(name);
  const token = tokens.issue({ username: "sandbox", groups: ["system:masters"], audiences: [API_AUDIENCE] });
  const local = await startLocalServer(server, connections, address);
  const config = (bearer: string) => kubeconfig({ url: local.url, caPem: authority.certificatePem, token: bearer });
  const matching =
    ({ verb, resource }: RequestMatch) =>
    (request: ApiRequest) =>
      (verb ?? request.verb) === request.verb && (resource ?? request.resource) === request.resource;

  return {
    ...local,
    caPem: authority.certificatePem,
    token,
    workloads,
    cluster,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tokens,
    access,
    faults,
    watches,
    requests,
    countRequests: (match) => requests.count(matching(match)),
    whenRequested: (match, count = 1) => requests.whenCount(count, matching(match)),
    compact: () => {
      store.compact();
      watches.skipCompacted();
    },
    kubeconfig: (bearer = token) => config(bearer),
    writeKubeconfig: (file, bearer = token) => writeFileSync(file, config(bearer), { mode: 0o600 }),
    stop: async () => {
      faults.clear();
      await local.stop();
    },
  };
}
