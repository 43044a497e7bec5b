import type { Logger } from "./logger.ts";

/** More than NTP leaves, and a fifth of what AWS tolerates in a signature. */
const WARN_OVER_MS = 60_000;

/** Says once that this machine's clock is off, and again only after it was right. @returns hears how far it is ahead, milliseconds */
export function clockWarning(log: Logger): (offsetMs: number) => void {
  let said = false;
  return (offsetMs) => {
    const isOff = Math.abs(offsetMs) > WARN_OVER_MS;
    if (isOff && !said) {
      log.warn(
        { offsetSeconds: Math.round(offsetMs / 1_000) },
        "this node's clock differs from that of AWS; see to its time synchronisation",
      );
    }
    said = isOff;
  };
}
