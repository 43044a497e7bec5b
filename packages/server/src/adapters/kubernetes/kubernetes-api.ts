import { HttpMethod, type KubeConfig, RequestContext } from "@kubernetes/client-node";
import { KubernetesError } from "./kubernetes-error.ts";

export interface KubernetesRequest {
  /** As it stands in the request line; names in it are already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON; without it and `patch` the request is a GET. */
  readonly body?: object;
  /** How the body is sent; POST when absent. */
  readonly method?: "POST" | "PUT";
  /** The form of the answer; all of the object as JSON when absent. */
  readonly accept?: string;
  /** Sent by PATCH, as a JSON merge patch (RFC 7396). */
  readonly patch?: object;
  readonly signal: AbortSignal;
}

export interface KubernetesApi {
  /**
   * One request with one answer.
   *
   * @throws KubernetesError when the API server refuses; what the network or the signal threw otherwise
   */
  request(request: KubernetesRequest): Promise<unknown>;
  /** A request whose answer goes on: yields its bytes as they come. Throws as `request` does. */
  stream(request: KubernetesRequest): Promise<AsyncIterable<Uint8Array>>;
}

type Dispatcher = NonNullable<ReturnType<RequestContext["getDispatcher"]>>;

/** One connection for each request under way: a dead one takes no other with it, as an HTTP/2 session would (kubernetes#87615). */
const OVER_HTTP_1 = { allowH2: false };

/**
 * The API server as client-node's configuration reaches it. client-node's own calls are not used: they make a new TLS
 * connection for each, build model objects of whole lists, and its `Watch` drops lines it cannot read without a word.
 */
export class KubernetesHttpApi implements KubernetesApi {
  readonly #config: KubeConfig;
  readonly #server: URL;
  readonly #userAgent: string;
  readonly #answerListeners = new Set<() => void>();
  #dispatcher: Dispatcher | undefined;

  constructor(config: KubeConfig, userAgent = "rolecall-server") {
    this.#config = config;
    this.#userAgent = userAgent;
    this.#server = new URL(config.getCurrentCluster()?.server ?? "");
  }

  /** Calls back whenever the API server does what it was asked for. */
  onAnswer(listener: () => void): void {
    this.#answerListeners.add(listener);
  }

  async request(request: KubernetesRequest): Promise<unknown> {
    const { body } = await this.#send(request);
    return body.json();
  }

  async stream(request: KubernetesRequest): Promise<AsyncIterable<Uint8Array>> {
    const { body } = await this.#send(request);
    return body;
  }

  async #send(request: KubernetesRequest) {
    const { path, query = {}, body, method = "POST", patch, accept = "application/json", signal } = request;
    const { dispatcher, headers } = await this.#authenticated();
    const { origin, pathname } = this.#server;
    const sent = dispatcher.request({
      ...OVER_HTTP_1,
      origin,
      path: `${pathname.replace(/\/$/, "")}${path}?${queryString(query)}`,
      method: patch ? "PATCH" : body ? method : "GET",
      headers: {
        ...headers,
        accept,
        "content-type": patch ? "application/merge-patch+json" : "application/json",
      },
      body: patch || body ? JSON.stringify(patch ?? body) : null,
      signal,
      // Whoever asks decides by the signal how long to wait.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const response = await unlessAborted(sent, signal).catch((error: unknown) => {
      // The next request reads the CA and the client certificate from their files anew: they may have been renewed. A
      // request that its asker gave up says nothing of that, nor one that was made with older ones.
      if (!signal.aborted && this.#dispatcher === dispatcher) this.#dispatcher = undefined;
      throw error;
    });
    if (response.statusCode >= 200 && response.statusCode < 300) {
      for (const listener of this.#answerListeners) listener();
      return response;
    }
    throw KubernetesError.fromAnswer(response.statusCode, await response.body.text());
  }

  /** The credentials of this moment: client-node reads a service account's token again each minute. */
  async #authenticated(): Promise<{ dispatcher: Dispatcher; headers: Record<string, string> }> {
    const context = new RequestContext(this.#server.href, HttpMethod.GET);
    await this.#config.applySecurityAuthentication(context);
    context.setHeaderParam("User-Agent", this.#userAgent);
    // client-node makes a dispatcher for each call; keeping one keeps its connections.
    this.#dispatcher ??= context.getDispatcher();
    if (!this.#dispatcher) throw new Error("the cluster's configuration has no certificate authority");
    return { dispatcher: this.#dispatcher, headers: context.getHeaders() };
  }
}

/** undici heeds a signal only once it has a connection, and tries for 10 s to make one to a server that is silent. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function queryString(query: NonNullable<KubernetesRequest["query"]>): string {
  const present = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) present.set(name, String(value));
  return present.toString();
}
