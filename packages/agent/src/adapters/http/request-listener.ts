import type { IncomingMessage, ServerResponse } from "node:http";
import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { AnswerMetadata, MetadataAnswer } from "../../application/answer-metadata.ts";
import type { MetadataRecorder } from "../../application/ports/metadata-recorder.ts";
import { type Connection, refused } from "../../domain/imds/response.ts";
import { sourceOf } from "./connection-gate.ts";
import { discardBody, mayHaveBody } from "./request-body.ts";
import { writeAnswer } from "./write-answer.ts";

export interface RequestListenerOptions {
  readonly answer: AnswerMetadata;
  readonly recorder: MetadataRecorder;
  /** Milliseconds of a clock that is never set, for durations. */
  readonly monotonicMs: () => number;
  readonly log: Logger;
  /** Whether HTTP/1.1 connections are kept for another request. */
  readonly keepAlive: boolean;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Carries requests to the use case and its answers back. Most answers are ready at once: a promise for each request would
 * be a tenth of what the agent itself adds to it.
 */
export function requestListener(options: RequestListenerOptions): Listener {
  const { answer, recorder, monotonicMs, log, keepAlive } = options;

  /** Counts the answer once it is on its way, as the client need not wait for that. */
  const send = (
    response: ServerResponse,
    { response: answered, route }: MetadataAnswer,
    connection: Connection,
    arrivedMs: number,
  ) => {
    writeAnswer(response, answered, connection);
    if (route) recorder.answered(route, answered.outcome, answered.status, (monotonicMs() - arrivedMs) / 1_000);
  };

  const fail = (response: ServerResponse, error: unknown) => {
    log.error({ problem: errorMessage(error) }, "a metadata request could not be answered or counted");
    if (!response.headersSent) writeAnswer(response, refused("answer-failed"), "close");
  };

  const respond: Listener = (request, response) => {
    const arrivedMs = monotonicMs();
    const connection: Connection = keepAlive && request.httpVersionMinor > 0 ? "keep-alive" : "close";
    try {
      const answered = answer({
        method: request.method ?? "",
        target: request.url ?? "",
        headers: request.rawHeaders,
        hostOptional: request.httpVersionMinor === 0,
        sourceAddress: sourceOf(request.socket),
      });
      if (answered instanceof Promise) {
        answered
          .then((later) => send(response, later, connection, arrivedMs))
          .catch((error: unknown) => fail(response, error));
      } else send(response, answered, connection, arrivedMs);
    } catch (error) {
      fail(response, error);
    }
  };

  const respondAfterBody = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await discardBody(request);
    if (body === "discarded") respond(request, response);
    else if (body === "too-large") {
      const refusal = refused("too-large");
      recorder.answered("malformed", refusal.outcome, refusal.status, 0);
      writeAnswer(response, refusal, "close");
    }
  };

  return (request, response) => {
    if (mayHaveBody(request)) void respondAfterBody(request, response);
    else respond(request, response);
  };
}
