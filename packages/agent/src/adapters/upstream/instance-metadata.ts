import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import type { NodeMetadata } from "../../application/ports/node-metadata.ts";
import { CachedLeaves } from "./cached-leaves.ts";
import { ImdsClient } from "./imds-client.ts";

export interface InstanceMetadataOptions {
  /** Where the instance's metadata service is, such as `http://169.254.169.254`. */
  readonly endpoint: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The node's own metadata: read with the agent's token, cached. `close` ends its connections. */
export function instanceMetadata({
  endpoint,
  clock,
  log,
}: InstanceMetadataOptions): NodeMetadata & { close(): Promise<void> } {
  const client = new ImdsClient({ endpoint, clock });
  const cached = new CachedLeaves({ source: client, clock, log });
  return { read: (path) => cached.read(path), close: () => client.close() };
}
