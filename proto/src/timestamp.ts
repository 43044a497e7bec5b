import type { Timestamp, Timestamp__Output } from "../gen/google/protobuf/Timestamp.ts";

/** @param epochMs milliseconds since 1970 */
export const toTimestamp = (epochMs: number): Timestamp => ({
  seconds: Math.floor(epochMs / 1_000),
  nanos: Math.round((epochMs - Math.floor(epochMs / 1_000) * 1_000) * 1e6),
});

/** @returns milliseconds since 1970; 0 for a timestamp that was not sent */
export const fromTimestamp = (timestamp: Timestamp__Output | null | undefined): number =>
  timestamp ? timestamp.seconds * 1_000 + timestamp.nanos / 1e6 : 0;
