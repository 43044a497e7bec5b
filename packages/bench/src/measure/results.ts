import type { FeedResults } from "./feed.ts";
import type { MachineFacts } from "./machine-facts.ts";
import type { MemoryResults } from "./memory.ts";
import type { MetadataResults } from "./metadata.ts";
import type { RefreshResults } from "./refresh.ts";
import type { ServerResults } from "./server.ts";
import type { TelemetryResults } from "./telemetry.ts";

/** What a run found: the JSON of `--json`. What was not measured is absent. */
export interface Results {
  readonly machine: MachineFacts;
  /** Whether the run was a short one. */
  readonly quick: boolean;
  readonly tookSeconds: number;
  readonly metadata?: MetadataResults;
  readonly telemetry?: TelemetryResults;
  readonly memory?: MemoryResults;
  readonly feed?: readonly FeedResults[];
  readonly server?: readonly ServerResults[];
  readonly refresh?: RefreshResults;
}
