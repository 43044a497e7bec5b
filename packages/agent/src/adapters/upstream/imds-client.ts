import type { Clock } from "@rolecall/common/time/clock";
import { errors, Pool } from "undici";
import type { LeafReading, NodeMetadata } from "../../application/ports/node-metadata.ts";

export interface ImdsClientOptions {
  /** Where the instance's metadata service is, such as `http://169.254.169.254`. */
  readonly endpoint: string;
  readonly clock: Clock;
}

/** For token and leaf together; under the answer's deadline, so that an older value can still be served after it. */
const TIMEOUT_MS = 350;
const TOKEN_TTL_SECONDS = 21_600;
const TOKEN_MARGIN_MS = 5 * 60_000;
/** Leaves are a few bytes and the identity document half a kilobyte; more than this is not an answer. */
const MAX_BODY_BYTES = 64 * 1_024;

interface Token {
  readonly value: string;
  readonly renewAtMs: number;
}

/**
 * Reads the node's metadata for the agent itself, with a token of the agent's own. Nothing of a pod's request takes part
 * in it: the paths come from the allow-list, and redirects are not followed.
 */
export class ImdsClient implements NodeMetadata {
  readonly #pool: Pool;
  readonly #clock: Clock;
  #token: Token | undefined;

  constructor({ endpoint, clock }: ImdsClientOptions) {
    this.#pool = new Pool(endpoint, { connections: 4, connect: { timeout: 1_000 }, maxResponseSize: MAX_BODY_BYTES });
    this.#clock = clock;
  }

  async read(path: string): Promise<LeafReading> {
    const timeout = new AbortController();
    const cancel = this.#clock.setTimer(TIMEOUT_MS, () => timeout.abort());
    try {
      return await this.#readLeaf(`/latest/${path}`, timeout.signal);
    } catch (error) {
      return { kind: isBadAnswer(error) ? "unusable" : "unreachable" };
    } finally {
      cancel();
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #readLeaf(path: string, signal: AbortSignal): Promise<LeafReading> {
    let answer = await this.#get(path, signal);
    if (answer.status === 401) {
      // The instance forgets its tokens when it is stopped and started.
      this.#token = undefined;
      answer = await this.#get(path, signal);
    }
    if (answer.status === 404) return { kind: "absent" };
    return answer.status === 200 ? { kind: "found", body: answer.body } : { kind: "unusable" };
  }

  async #get(path: string, signal: AbortSignal) {
    const token = await this.#currentToken(signal);
    return this.#request("GET", path, { "x-aws-ec2-metadata-token": token }, signal);
  }

  async #currentToken(signal: AbortSignal): Promise<string> {
    const nowMs = this.#clock.nowMs();
    if (this.#token && nowMs < this.#token.renewAtMs) return this.#token.value;
    const headers = { "x-aws-ec2-metadata-token-ttl-seconds": String(TOKEN_TTL_SECONDS) };
    const { status, body } = await this.#request("PUT", "/latest/api/token", headers, signal);
    if (status !== 200) throw new BadAnswer(`the token request was answered ${status}`);
    this.#token = { value: body, renewAtMs: nowMs + TOKEN_TTL_SECONDS * 1_000 - TOKEN_MARGIN_MS };
    return body;
  }

  async #request(method: "GET" | "PUT", path: string, headers: Record<string, string>, signal: AbortSignal) {
    const { statusCode, body } = await this.#pool.request({ method, path, headers, signal });
    // One character a byte, as answers are written.
    return { status: statusCode, body: Buffer.from(await body.bytes()).toString("latin1") };
  }
}

class BadAnswer extends Error {
  override readonly name = "BadAnswer";
}

const isBadAnswer = (error: unknown): boolean =>
  error instanceof BadAnswer ||
  error instanceof errors.HTTPParserError ||
  error instanceof errors.ResponseExceededMaxSizeError ||
  error instanceof errors.HeadersOverflowError;
