import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { MetadataRecorder } from "../../application/ports/metadata-recorder.ts";
import { type MetadataResponse, methodRefused, type RefusedOutcome, refused } from "../../domain/imds/response.ts";
import { refusalBytes, writeAnswer } from "./write-answer.ts";

/** What Node's HTTP parser says of a request it gives up on; anything else is malformed. */
const OUTCOME_BY_PARSER_CODE: Readonly<Record<string, RefusedOutcome>> = {
  HPE_HEADER_OVERFLOW: "headers-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "request-too-slow",
};

/** Answers what never becomes a request with the same headers as every other answer, and records it. */
export function refuseOnTheWire(server: Server, recorder: MetadataRecorder): void {
  const record = (answer: MetadataResponse) => recorder.answered("malformed", answer.outcome, answer.status, 0);
  const refuse = (socket: Socket, answer: MetadataResponse) => {
    record(answer);
    socket.end(refusalBytes(answer), () => socket.destroy());
  };

  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) socket.destroy();
    else refuse(socket, refused(OUTCOME_BY_PARSER_CODE[error.code ?? ""] ?? "request-malformed"));
  });
  server.on("connect", (_request: IncomingMessage, socket: Socket) => refuse(socket, methodRefused("GET, HEAD")));
  server.on("checkExpectation", (_request: IncomingMessage, response: ServerResponse) => {
    record(refused("expectation-unknown"));
    writeAnswer(response, refused("expectation-unknown"), "close");
  });
}
