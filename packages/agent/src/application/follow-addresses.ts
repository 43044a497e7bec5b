import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import type { AddressConflict } from "../domain/address/address-claims.ts";
import { type CniProblem, parseCniResult } from "../domain/address/cni-result.ts";
import type { PodAddresses } from "../domain/address/pod-addresses.ts";
import type { AddressRecorder } from "./ports/address-recorder.ts";
import type { LocalResults, LocalResultsListener, LocalSourceState, UnreadableProblem } from "./ports/local-results.ts";

export interface FollowAddressesOptions {
  readonly results: LocalResults;
  readonly addresses: PodAddresses;
  readonly recorder: AddressRecorder;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** libcni writes a result with one call, so a file that is still no whole JSON after this long was cut short. */
const WRITE_SETTLES_MS = 2_000;

/** Keeps the owners of addresses in step with the node's CNI results. */
export function followAddresses({ results, ...options }: FollowAddressesOptions): Task {
  return (signal) => results.follow(listener(options), signal);
}

/** Counts and logs a conflict between claims on one address. */
export const reportConflict =
  (recorder: AddressRecorder, logger: Logger) =>
  ({ kind, address, podUids }: AddressConflict): void => {
    recorder.addressConflict(kind);
    logger.warn({ kind, address, podUids }, "more than one pod is said to own an address");
  };

function listener({
  addresses,
  recorder,
  logger,
  clock,
}: Omit<FollowAddressesOptions, "results">): LocalResultsListener {
  const reported = new Map<string, string>();
  const skip = (file: string, problem: CniProblem | UnreadableProblem, detail: string) => {
    addresses.removeLocal(file);
    if (reported.get(file) === problem) return;
    reported.set(file, problem);
    recorder.cniResultSkipped(problem);
    logger.warn({ file, problem, detail }, "a CNI result is of no use; its pod is known by the feed's addresses alone");
  };
  return {
    written(file, text, writtenAtMs) {
      const parsed = parseCniResult(text);
      if (parsed.kind === "result") {
        reported.delete(file);
        addresses.setLocal(file, parsed.result, writtenAtMs);
        return true;
      }
      const { problem, detail } = parsed;
      if (problem !== "incomplete") {
        skip(file, problem, detail);
        return true;
      }
      if (clock.nowMs() - writtenAtMs >= WRITE_SETTLES_MS) skip(file, problem, detail);
      return false;
    },
    removed(file) {
      reported.delete(file);
      addresses.removeLocal(file);
    },
    unreadable: skip,
    source(state) {
      recorder.cniResultSource(state.kind);
      logSource(logger, state);
    },
  };
}

function logSource(logger: Logger, state: LocalSourceState): void {
  switch (state.kind) {
    case "followed":
      logger.info("CNI results are followed");
      break;
    case "unwatched":
      logger.warn(
        { detail: state.detail },
        "CNI results cannot be watched and are looked through every second; raise fs.inotify.max_user_watches and max_user_instances on the node",
      );
      break;
    case "unavailable":
      logger.warn(
        { detail: state.detail },
        "CNI results cannot be read and addresses come from the feed alone, which is later; mount the node's /var/lib/cni into the agent, which must run as root to read it, or name the directory of the node's container runtime",
      );
      break;
  }
}
