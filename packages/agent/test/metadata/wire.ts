import { connect, type Socket } from "node:net";

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** An interim `100 Continue` came first. */
  readonly continued: boolean;
}

export interface Peer {
  readonly port: number;
  /** The address to come from; any of 127.0.0.0/8. */
  readonly from: string;
}

/** Sends bytes as they are and reads until the server closes; undefined when it closed without an answer. */
export async function exchange(peer: Peer, bytes: string | Buffer): Promise<WireAnswer | undefined> {
  const socket = await open(peer);
  socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  return readAnswer(socket);
}

export function open({ port, from }: Peer): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, localAddress: from }, () => resolve(socket));
    socket.once("error", reject);
  });
}

export function readAnswer(socket: Socket): Promise<WireAnswer | undefined> {
  return new Promise((resolve) => {
    let received = "";
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
    });
    // A reset after the answer, as when more was sent than was read, leaves the answer.
    socket.on("error", () => {});
    socket.once("close", () => resolve(parseAnswer(received)));
  });
}

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

export function parseAnswer(received: string): WireAnswer | undefined {
  const continued = received.startsWith(CONTINUE);
  const text = continued ? received.slice(CONTINUE.length) : received;
  const end = text.indexOf("\r\n\r\n");
  const [statusLine, ...lines] = text.slice(0, Math.max(0, end)).split("\r\n");
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(statusLine ?? "")?.[1];
  if (status === undefined) return undefined;
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { status: Number(status), headers: new Map(headers), body: text.slice(end + 4), continued };
}

export interface RequestText {
  readonly method?: string;
  readonly target: string;
  /** Lines beside Host, without line ends. */
  readonly headers?: readonly string[];
  readonly host?: string;
  readonly body?: string;
}

export function requestText({
  method = "GET",
  target,
  headers = [],
  host = "169.254.169.254",
  body = "",
}: RequestText): string {
  return `${[`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...headers].join("\r\n")}\r\n\r\n${body}`;
}
