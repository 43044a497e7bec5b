import { connect, type Socket } from "node:net";
import { percentile } from "./latency.ts";
import type { Load, LoadClient, LoadResult } from "./load.ts";

const HEAD_END = Buffer.from("\r\n\r\n");
const OK = Buffer.from("HTTP/1.1 200 ");
/** More than a credentials document with its headers. */
const READ_BYTES = 16 * 1_024;

/**
 * Asks again and again over so many connections, each as soon as it was answered, and times every answer from the
 * moment its connection was begun to its last byte. By sockets alone: any HTTP client would use more of the machine than
 * the servers that are measured.
 */
export async function generateLoad(load: Load): Promise<LoadResult> {
  const run = new Run(load);
  const cpu = process.cpuUsage();
  const beganMs = performance.now();
  await Promise.all(
    Array.from({ length: load.connections }, (_, index) => {
      const client = load.clients[index % load.clients.length];
      return client ? run.worker(client) : Promise.resolve();
    }),
  );
  const seconds = (performance.now() - beganMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const sorted = Float64Array.from(run.latenciesMs).sort();
  return {
    requests: sorted.length,
    failures: run.failures,
    firstFailure: run.firstFailure,
    rps: sorted.length / seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    generatorCpu: (user + system) / 1e6 / seconds,
  };
}

class Run {
  readonly latenciesMs: number[] = [];
  failures = 0;
  firstFailure: string | undefined;
  readonly #load: Load;
  readonly #endMs: number;

  constructor(load: Load) {
    this.#load = load;
    this.#endMs = performance.now() + load.durationMs;
  }

  /** One connection's worth of requests; ends when the time is over. */
  worker(client: LoadClient): Promise<void> {
    return new Promise((resolve) => {
      const next = () => {
        if (performance.now() < this.#endMs) this.#converse(client, next);
        else resolve();
      };
      next();
    });
  }

  /** Opens a connection and asks on it; `over` is called once, when another connection is needed. */
  #converse(client: LoadClient, over: () => void): void {
    const { host, port, keepAlive } = this.#load;
    let askedMs = performance.now();
    let missing: number | undefined;
    let open = true;
    const finish = () => {
      if (!open) return;
      open = false;
      over();
    };
    const fail = (what: string) => {
      if (!open) return;
      this.failures += 1;
      this.firstFailure ??= what;
      socket.destroy();
      finish();
    };
    const onBytes = (count: number, bytes: Buffer): boolean => {
      if (missing === undefined) {
        const total = answerLength(bytes.subarray(0, count));
        if (total === undefined) {
          fail(`not a whole 200: ${bytes.subarray(0, Math.min(count, 40)).toString("latin1")}`);
          return false;
        }
        missing = total;
      }
      missing -= count;
      if (missing > 0) return true;
      const nowMs = performance.now();
      this.latenciesMs.push(nowMs - askedMs);
      missing = undefined;
      if (keepAlive && nowMs < this.#endMs) {
        askedMs = nowMs;
        socket.write(client.request, "latin1");
      } else {
        // Without keep-alive the server closes first, as ours and any server that says so does.
        if (keepAlive) socket.destroy();
        finish();
      }
      return true;
    };
    const socket: Socket = connect({
      host,
      port,
      localAddress: client.address,
      noDelay: true,
      onread: { buffer: BUFFER, callback: onBytes },
    });
    socket.on("error", (error) => fail(error.message));
    socket.on("close", () => fail("closed before the answer"));
    socket.write(client.request, "latin1");
  }
}

/** Each read is looked at before the next one, so all sockets share it. */
const BUFFER = Buffer.alloc(READ_BYTES);

/** @returns the length of the whole answer; undefined unless it begins with the head of a 200 */
function answerLength(bytes: Buffer): number | undefined {
  const head = bytes.indexOf(HEAD_END);
  if (head < 0 || bytes.compare(OK, 0, OK.length, 0, OK.length) !== 0) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString("latin1", 0, head))?.[1];
  return length === undefined ? undefined : head + HEAD_END.length + Number(length);
}
