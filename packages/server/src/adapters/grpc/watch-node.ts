import type { ServerWritableStream } from "@grpc/grpc-js";
import type { Clock } from "@rolecall/common/time/clock";
import {
  CONTRACT_REVISION,
  fromTimestamp,
  type NodeUpdate,
  type WatchNodeRequest__Output,
  type WireSnapshot,
} from "@rolecall/proto";
import type { NodeFeed } from "../../application/node-feed.ts";
import type { ServerRecorder } from "../../application/ports/server-recorder.ts";
import { toWireAssumption, toWireChange, toWirePod } from "./wire.ts";

type WatchNodeCall = ServerWritableStream<WatchNodeRequest__Output, NodeUpdate>;

export const heldByAgent = ({ held }: WatchNodeRequest__Output): ReadonlyMap<string, number> =>
  new Map(held.map(({ assumptionKey, expiration }) => [assumptionKey, fromTimestamp(expiration)]));

/**
 * Writes a feed to its agent: a snapshot, then a message a change, numbered from 1. While the agent does not read, nothing
 * is taken from the feed, which keeps the latest of each subject and no more.
 *
 * @param onSent hears the number of each message
 */
export function writeFeed(
  call: WatchNodeCall,
  feed: NodeFeed,
  { awsClock, recorder, serverVersion }: { awsClock: Clock; recorder: ServerRecorder; serverVersion: string },
  onSent: (generation: number) => void,
): void {
  let generation = 0;
  let writable = true;
  let waitingSinceMs: number | undefined;
  const write = (change: Omit<NodeUpdate, "generation">) => {
    generation += 1;
    writable = call.write({ generation, ...change }) && writable;
    onSent(generation);
  };
  const pump = () => {
    while (writable) {
      const changes = feed.takeChanges();
      if (changes.length === 0) return;
      const nowMs = performance.now();
      recorder.feedLagged((nowMs - (waitingSinceMs ?? nowMs)) / 1_000);
      waitingSinceMs = undefined;
      for (const change of changes) {
        const message = toWireChange(change, awsClock.nowMs());
        if (!message) continue;
        recorder.updateSent(change.kind);
        write(message);
      }
    }
  };
  call.on("drain", () => {
    writable = true;
    pump();
  });
  recorder.updateSent("snapshot");
  write({ snapshot: snapshotOf(feed, serverVersion, awsClock.nowMs()) });
  feed.onChange(() => {
    if (!writable) waitingSinceMs ??= performance.now();
    pump();
  });
}

function snapshotOf(feed: NodeFeed, serverVersion: string, nowMs: number): WireSnapshot {
  const changes = feed.takeChanges();
  return {
    serverVersion,
    contractRevision: CONTRACT_REVISION,
    pods: changes.flatMap((change) => (change.kind === "pod" ? [toWirePod(change.fed)] : [])),
    assumptions: changes.flatMap((change) =>
      change.kind === "assumption" ? (toWireAssumption(change.assumption, change.state, nowMs) ?? []) : [],
    ),
  };
}
