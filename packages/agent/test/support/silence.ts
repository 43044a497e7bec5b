import type { Logger } from "@rolecall/common/telemetry/logger";
import type { FeedRecorder } from "../../src/application/ports/feed-recorder.ts";

const ignore = () => {};

export const silentLog: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => silentLog };
export const silentFeedRecorder: FeedRecorder = {
  feedMoved: ignore,
  updateApplied: ignore,
  podAskedFor: ignore,
  othersAsked: ignore,
};
