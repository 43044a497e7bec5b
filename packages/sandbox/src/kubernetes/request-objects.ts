import type { IncomingMessage } from "node:http";
import { readBody } from "../http/request-body.ts";
import type { ObjectDraft } from "./admission.ts";
import { isPlainMerge } from "./merge-patch.ts";
import { ApiError, badRequest, failure, type Status } from "./status.ts";

/** @throws ApiError 415 for anything but JSON, 400 for what is no JSON */
export async function readDraft(request: IncomingMessage): Promise<ObjectDraft> {
  if (!/^application\/json\b/.test(request.headers["content-type"] ?? "")) throw new ApiError(UNSUPPORTED_MEDIA_TYPE);
  return readJson(request);
}

/**
 * Takes merge patches, and strategic ones where that is the same.
 *
 * @throws ApiError 415 for any other patch, 400 for what is no JSON
 */
export async function readPatch(request: IncomingMessage): Promise<ObjectDraft> {
  const type = /^application\/(strategic-)?merge-patch\+json\b/.exec(request.headers["content-type"] ?? "");
  if (!type) throw new ApiError(UNSUPPORTED_MEDIA_TYPE);
  const patch = await readJson(request);
  if (type[1] && !isPlainMerge(patch)) {
    throw new ApiError(failure(415, "the stand-in takes no strategic merge patch with lists: send a merge patch"));
  }
  return patch;
}

async function readJson(request: IncomingMessage): Promise<ObjectDraft> {
  const body = await readBody(request);
  try {
    return JSON.parse(body) as ObjectDraft;
  } catch {
    throw new ApiError(badRequest("the object provided is unrecognized: json parse error"));
  }
}

const UNSUPPORTED_MEDIA_TYPE: Status = failure(415, "415: Unsupported Media Type", { details: {} });
