import { join } from "node:path";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import { ExchangeFile } from "./exchange-file.ts";
import { FileMarker } from "./file-marker.ts";
import { addressReport, agentTarget, interceptionReport } from "./schemas.ts";

/** What keeper and agent of one pod say to each other, by a directory that only the two share. */
export function exchange(directory: string, clock: Clock, log: Logger) {
  const place = { directory, clock, log };
  return {
    /** Keeper to agent. */
    addresses: new ExchangeFile({ ...place, name: "addresses.json", schema: addressReport }),
    /** Keeper to agent. */
    interception: new ExchangeFile({ ...place, name: "interception.json", schema: interceptionReport }),
    /** Agent to keeper. */
    target: new ExchangeFile({ ...place, name: "target.json", schema: agentTarget }),
    /** The agent's, for the kubelet's readiness probe. */
    ready: new FileMarker(join(directory, "ready"), log),
    /** The keeper's, for the kubelet's liveness probe of the agent. */
    stuck: new FileMarker(join(directory, "stuck"), log),
  };
}
