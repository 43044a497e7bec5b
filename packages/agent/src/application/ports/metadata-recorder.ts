import type { Outcome, RouteLabel } from "../../domain/imds/response.ts";

export interface MetadataRecorder {
  /** An answer was made: `seconds` from the request's arrival, a hold included. */
  answered(route: RouteLabel, outcome: Outcome, status: number, seconds: number): void;
  /** A connection was closed unheard: its source holds too many already. */
  connectionRefused(): void;
}
