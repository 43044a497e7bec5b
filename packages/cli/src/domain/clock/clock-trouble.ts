/** More than NTP leaves, and a fifth of what AWS tolerates in a signature: from there on the processes log it too. */
const OFF_OVER_SECONDS = 60;

/** How a clock is off, after its owner's name; undefined where it is right, or nobody knows. */
export function clockTrouble(aheadSeconds: number | undefined): string | undefined {
  if (aheadSeconds === undefined || Math.abs(aheadSeconds) <= OFF_OVER_SECONDS) return undefined;
  return `${Math.abs(aheadSeconds)} s ${aheadSeconds > 0 ? "ahead of" : "behind"} that of AWS`;
}
