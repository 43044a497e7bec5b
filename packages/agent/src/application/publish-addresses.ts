import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import type { AddressReport, LocalSourceState, ReadResult, SkipReason } from "../domain/address/address-report.ts";
import { parseCniResult } from "../domain/address/cni-result.ts";
import type { Board } from "./ports/exchange.ts";
import type { LocalResults, LocalResultsListener } from "./ports/local-results.ts";

export interface PublishAddressesOptions {
  /** Names this run of the keeper. */
  readonly keeper: string;
  readonly results: LocalResults;
  readonly board: Board<AddressReport>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** libcni writes a result with one call, so a file that is still no whole JSON after this long was cut short. */
const WRITE_SETTLES_MS = 2_000;

/** Reads the node's CNI results, which are root's alone, and publishes whose addresses they are. */
export function publishAddresses({ results, ...options }: PublishAddressesOptions): Task {
  return (signal) => results.follow(listener(options), signal);
}

function listener({ keeper, board, logger, clock }: Omit<PublishAddressesOptions, "results">): LocalResultsListener {
  const read = new Map<string, ReadResult>();
  const reported = new Map<string, string>();
  const skipped: Partial<Record<SkipReason, number>> = {};
  let source: LocalSourceState | undefined;
  let isPublished = false;
  const forget = (file: string) => {
    if (read.delete(file)) isPublished = false;
  };
  const skip = (file: string, problem: SkipReason, detail: string) => {
    forget(file);
    if (reported.get(file) === problem) return;
    reported.set(file, problem);
    skipped[problem] = (skipped[problem] ?? 0) + 1;
    isPublished = false;
    logger.warn({ file, problem, detail }, "a CNI result is of no use; its pod is known by the feed's addresses alone");
  };
  return {
    written(file, text, writtenAtMs) {
      const parsed = parseCniResult(text);
      if (parsed.kind === "result") {
        reported.delete(file);
        read.set(file, { ...parsed.result, file, writtenAtMs });
        isPublished = false;
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
      forget(file);
    },
    unreadable: skip,
    source(state) {
      source = state;
      isPublished = false;
      logSource(logger, state);
    },
    caughtUp() {
      if (isPublished || !source) return;
      board.publish({ keeper, source, results: [...read.values()], skipped });
      isPublished = true;
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
        "CNI results cannot be read and addresses come from the feed alone, which is later; mount the node's /var/lib/cni into the keeper, which must run as root to read it, or name the directory of the node's container runtime (chart value agent.cniDirectory)",
      );
      break;
  }
}
