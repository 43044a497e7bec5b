import { connect, type Socket } from "node:net";
import type { ProbeRequests } from "../../application/ports/self-probe.ts";
import type { ProbeAttempt } from "../../domain/interception/probe-outcome.ts";
import { PROBE_LINK } from "../../domain/interception/probe-rules.ts";
import { PROBE_PATH } from "../../domain/interception/rules.ts";

const TIMEOUT_MS = 2_000;
const MAX_ANSWER_BYTES = 4_096;
const HTTP_PORT = 80;
const REQUEST = `GET ${PROBE_PATH} HTTP/1.1\r\nHost: ${PROBE_LINK.metadataAddress}\r\nConnection: close\r\n\r\n`;

export interface SocketProbeRequestsOptions {
  /** Whether this is who answers as the agent. */
  readonly isAgent: (instance: string) => boolean;
  readonly from?: string;
  readonly to?: { readonly host: string; readonly port: number };
}

/** Connections from the address of the probe's link, over sockets alone: an HTTP client would cost the keeper a megabyte. */
export class SocketProbeRequests implements ProbeRequests {
  readonly #isAgent: (instance: string) => boolean;
  readonly #from: string;
  readonly #to: NonNullable<SocketProbeRequestsOptions["to"]>;

  constructor({ isAgent, from, to }: SocketProbeRequestsOptions) {
    this.#isAgent = isAgent;
    this.#from = from ?? PROBE_LINK.clientAddress;
    this.#to = to ?? { host: PROBE_LINK.metadataAddress, port: HTTP_PORT };
  }

  askMetadata(): Promise<ProbeAttempt> {
    return this.#attempt(this.#to.port, (socket, settle) => {
      let answer = "";
      const judge = () => {
        const [head = "", body] = answer.split("\r\n\r\n", 2);
        const isAgents = /^HTTP\/1\.1 200 /.test(head) && this.#isAgent(body ?? "");
        settle({ kind: "answered", by: isAgents ? "agent" : "another" });
      };
      socket.setEncoding("latin1");
      socket.on("connect", () => socket.write(REQUEST));
      socket.on("data", (text: string) => {
        answer += text;
        if (answer.length > MAX_ANSWER_BYTES) judge();
      });
      // Whoever takes the connection and says nothing is not the agent, but has refused.
      socket.on("end", () => (answer === "" ? settle({ kind: "refused" }) : judge()));
    });
  }

  connect(port: number): Promise<ProbeAttempt> {
    return this.#attempt(port, (socket, settle) => {
      socket.on("connect", () => settle({ kind: "answered", by: "another" }));
    });
  }

  #attempt(
    port: number,
    use: (socket: Socket, settle: (attempt: ProbeAttempt) => void) => void,
  ): Promise<ProbeAttempt> {
    return new Promise((resolve) => {
      const socket = connect({ host: this.#to.host, port, localAddress: this.#from });
      const timer = setTimeout(() => settle({ kind: "lost" }), TIMEOUT_MS);
      const settle = (attempt: ProbeAttempt) => {
        clearTimeout(timer);
        socket.destroy();
        resolve(attempt);
      };
      socket.on("error", (error) => settle(attemptOf(error)));
      use(socket, settle);
    });
  }
}

const KIND_BY_CODE: Readonly<Record<string, "refused" | "lost">> = {
  ECONNREFUSED: "refused",
  // The agent that was connected to has ended, or the guard cut the connection.
  ECONNRESET: "refused",
  EPIPE: "refused",
  ETIMEDOUT: "lost",
  EHOSTUNREACH: "lost",
  ENETUNREACH: "lost",
};

const attemptOf = (error: NodeJS.ErrnoException): ProbeAttempt => {
  const kind = KIND_BY_CODE[error.code ?? ""];
  return kind ? { kind } : { kind: "failed", why: error.message };
};
