import { type ServerResponse, STATUS_CODES } from "node:http";
import { type Connection, headersOf, type MetadataResponse } from "../../domain/imds/response.ts";

export function writeAnswer(response: ServerResponse, answer: MetadataResponse, connection: Connection): void {
  response.writeHead(answer.status, headersOf(answer, connection));
  response.end(answer.body, "latin1");
}

/** A whole refusal as bytes, for where `node:http` gives a socket and no response to write to. */
export function refusalBytes(answer: MetadataResponse): string {
  const headers = headersOf(answer, "close");
  const lines = [`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ""}`];
  for (let index = 0; index + 1 < headers.length; index += 2) lines.push(`${headers[index]}: ${headers[index + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}
