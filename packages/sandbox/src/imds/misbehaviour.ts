import type { IncomingMessage, ServerResponse } from "node:http";
import { Gate } from "../control/gate.ts";
import type { Connections } from "../http/connections.ts";

/** How the stand-in answers instead of as it should. */
export type Misbehaviour =
  /** 301 to the path with a slash, as hosts of 2018 did. */
  | { readonly kind: "redirect" }
  /** 200 with ten megabytes. */
  | { readonly kind: "huge" }
  /** No answer until the misbehaviour ends. */
  | { readonly kind: "stall" }
  /** Headers and one octet, and the rest when the misbehaviour ends. */
  | { readonly kind: "stall-body" }
  /** An empty answer with this status. */
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "reset" };

/** Which requests misbehave: those for tokens, those for data, or both. */
export type Affected = "token" | "data" | "all";

const HUGE = Buffer.alloc(10 * 1_024 * 1_024, "x");

export class Misbehaviours {
  readonly #connections: Connections;
  #current: { readonly what: Misbehaviour; readonly affected: Affected; readonly gate: Gate } | undefined;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /**
   * Replaces the present misbehaviour.
   *
   * @returns ends it
   */
  begin(what: Misbehaviour, affected: Affected = "all"): () => void {
    this.end();
    const current = { what, affected, gate: new Gate() };
    current.gate.shut();
    this.#current = current;
    return () => {
      if (this.#current === current) this.end();
    };
  }

  end(): void {
    this.#current?.gate.open();
    this.#current = undefined;
  }

  /** @returns whether the request has been dealt with; if not, it is to be answered as usual */
  async deal(affected: Affected, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const current = this.#current;
    if (!current || (current.affected !== "all" && current.affected !== affected)) return false;
    const { what, gate } = current;
    switch (what.kind) {
      case "redirect":
        response.writeHead(301, { location: `${request.url}/` }).end();
        return true;
      case "huge":
        response.writeHead(200, { "content-type": "text/plain", "content-length": HUGE.length }).end(HUGE);
        return true;
      case "stall":
        await gate.pass();
        return false;
      case "stall-body":
        response.writeHead(200, { "content-type": "text/plain" }).write("x");
        await gate.pass();
        response.end();
        return true;
      case "status":
        response.writeHead(what.status, { "content-length": 0 }).end();
        return true;
      case "reset":
        this.#connections.reset(request.socket);
        return true;
    }
  }
}
