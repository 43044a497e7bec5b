import type { IncomingMessage, ServerResponse } from "node:http";
import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { AnswerMetadata } from "../../application/answer-metadata.ts";
import type { MetadataRecorder } from "../../application/ports/metadata-recorder.ts";
import { type Connection, refused } from "../../domain/imds/response.ts";
import { discardBody, mayHaveBody } from "./request-body.ts";
import { plainAddress } from "./source-address.ts";
import { writeAnswer } from "./write-answer.ts";

export interface RequestListenerOptions {
  readonly answer: AnswerMetadata;
  readonly recorder: MetadataRecorder;
  readonly log: Logger;
  /** Whether HTTP/1.1 connections are kept for another request. */
  readonly keepAlive: boolean;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Carries requests to the use case and its answers back. */
export function requestListener({ answer, recorder, log, keepAlive }: RequestListenerOptions): Listener {
  const refuseBody = (response: ServerResponse) => {
    const refusal = refused("too-large");
    recorder.answered("malformed", refusal.outcome, refusal.status, 0);
    writeAnswer(response, refusal, "close");
  };

  return async (request, response) => {
    const connection: Connection = keepAlive && request.httpVersionMinor > 0 ? "keep-alive" : "close";
    try {
      if (mayHaveBody(request)) {
        const body = await discardBody(request);
        if (body === "sender-gone") return;
        if (body === "too-large") return refuseBody(response);
      }
      const answered = answer({
        method: request.method ?? "",
        target: request.url ?? "",
        headers: request.rawHeaders,
        hostOptional: request.httpVersionMinor === 0,
        sourceAddress: plainAddress(request.socket.remoteAddress ?? ""),
      });
      // Most answers are ready at once; awaiting those too would cost each a turn of the microtask queue.
      writeAnswer(response, answered instanceof Promise ? await answered : answered, connection);
    } catch (error) {
      log.error({ problem: errorMessage(error) }, "a metadata request could not be answered");
      writeAnswer(response, refused("answer-failed"), "close");
    }
  };
}
