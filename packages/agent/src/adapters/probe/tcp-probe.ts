import { connect } from "node:net";
import type { AgentProbe } from "../../application/ports/agent-probe.ts";

/** Longer than any answer of an agent takes. */
const TIMEOUT_MS = 2_000;
/** Refused for want of a token or for its path, which is an answer. */
const REQUEST = "GET / HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n\r\n";

/** Asks agents over sockets alone: an HTTP client would cost the keeper a megabyte. */
export class TcpProbe implements AgentProbe {
  readonly #host: string;

  constructor(host: string) {
    this.#host = host;
  }

  answers(port: number): Promise<boolean> {
    return this.#try(port, (socket, done) => {
      socket.on("connect", () => socket.write(REQUEST));
      socket.on("data", (data: Buffer) => done(data.toString("latin1", 0, 5) === "HTTP/"));
    });
  }

  accepts(port: number): Promise<boolean> {
    return this.#try(port, (socket, done) => {
      socket.on("connect", () => done(true));
    });
  }

  #try(
    port: number,
    ask: (socket: ReturnType<typeof connect>, done: (outcome: boolean) => void) => void,
  ): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ host: this.#host, port, timeout: TIMEOUT_MS });
      const done = (outcome: boolean) => {
        socket.destroy();
        resolve(outcome);
      };
      for (const event of ["error", "timeout", "close"]) socket.on(event, () => done(false));
      ask(socket, done);
    });
  }
}
