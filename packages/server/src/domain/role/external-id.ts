import { malformed, type Parsed, valid } from "./parsed.ts";

/** The limits of AssumeRole's ExternalId (STS API reference). */
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;

/** Reads an external id. The detail of a bad one never shows it: it is shared between its two parties alone. */
export function parseExternalId(text: string): Parsed<string> {
  return EXTERNAL_ID.test(text) ? valid(text) : malformed("must be 2 to 1224 letters, digits and _+=,.@:/- (no space)");
}
