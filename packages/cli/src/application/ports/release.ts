import type { ReleasePod } from "../../domain/fleet/release.ts";

/** Our own pods, in the release's namespace. Rejects where the API server refuses or cannot be reached. */
export interface Release {
  servers(): Promise<readonly ReleasePod[]>;
  agents(): Promise<readonly ReleasePod[]>;
}
