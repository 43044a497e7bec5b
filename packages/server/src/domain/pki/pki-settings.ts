export interface PkiSettings {
  readonly authorityLifeMs: number;
  /** Life of a server's and of a node's certificate. */
  readonly leafLifeMs: number;
  /** A new authority is trusted for so long before it signs: longer than the bundle takes to reach every node. */
  readonly spreadMs: number;
}

/** Certificates are valid from this long before they were made: a peer's clock may be behind. */
export const BACKDATE_MS = 5 * 60_000;

const MAX_STALE_MS = 5 * 60_000;

/** A server signs with what it read of the authorities within this time, and otherwise not at all. */
export const staleAfterMs = ({ leafLifeMs, spreadMs }: PkiSettings): number =>
  Math.min(MAX_STALE_MS, leafLifeMs / 4, spreadMs / 2);

/** A retired authority is trusted for so long: until the last certificate is over that a server may have signed with it. */
export const trustedAfterRetirementMs = (settings: PkiSettings): number =>
  settings.leafLifeMs + 2 * staleAfterMs(settings);

/** When less than this is left of the active authority its successor is made. */
export const successionMs = ({ authorityLifeMs }: PkiSettings): number => authorityLifeMs / 3;

/** How often each server looks at the authorities. */
export const lookEveryMs = (settings: PkiSettings): number => Math.min(10_000, staleAfterMs(settings) / 4);

/**
 * Holds the lives against each other: what is left of an authority when its successor is made must do for the successor to
 * spread and for the last certificates of the old one to end.
 *
 * @returns what to change, one sentence each
 */
export function settingsProblems(settings: PkiSettings): readonly string[] {
  const neededMs = settings.spreadMs + trustedAfterRetirementMs(settings);
  if (successionMs(settings) >= neededMs) return [];
  return [
    `--authority-life: must be at least ${Math.ceil((3 * neededMs) / 1_000)}s, three times --authority-spread and one and a half --certificate-life`,
  ];
}
