import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { AddressConflict } from "../domain/address/address-claims.ts";
import type { AddressReport, ReadResult } from "../domain/address/address-report.ts";
import type { PodAddresses } from "../domain/address/pod-addresses.ts";
import { grownSince } from "../domain/exchange/grown-since.ts";
import type { AddressRecorder } from "./ports/address-recorder.ts";
import type { Published } from "./ports/exchange.ts";

export interface FollowAddressesOptions {
  readonly reports: Published<AddressReport>;
  readonly addresses: PodAddresses;
  readonly recorder: AddressRecorder;
  /** Called after each report that was taken. */
  readonly onTaken: () => void;
}

/** Keeps the owners of addresses in step with what the keeper read in the node's CNI results. */
export function followAddresses({ reports, addresses, recorder, onTaken }: FollowAddressesOptions): Task {
  const taken = new Map<string, string>();
  let before: AddressReport | undefined;
  return async (signal) => {
    recorder.cniResultSource("unavailable");
    await reports.follow((report) => {
      takeResults(report.results, taken, addresses);
      const counted = before?.keeper === report.keeper ? before.skipped : {};
      for (const [problem, count] of grownSince(counted, report.skipped)) recorder.cniResultSkipped(problem, count);
      recorder.cniResultSource(report.source.kind);
      before = report;
      onTaken();
    }, signal);
  };
}

/** @param taken what each file said when it was last taken */
function takeResults(results: readonly ReadResult[], taken: Map<string, string>, addresses: PodAddresses): void {
  const files = new Set(results.map(({ file }) => file));
  // An address that is passed on is freed by one file before another claims it.
  for (const file of taken.keys()) {
    if (files.has(file)) continue;
    taken.delete(file);
    addresses.removeLocal(file);
  }
  for (const result of results) {
    const text = JSON.stringify(result);
    if (taken.get(result.file) === text) continue;
    taken.set(result.file, text);
    addresses.setLocal(result.file, result, result.writtenAtMs);
  }
}

/** Counts and logs a conflict between claims on one address. */
export const reportConflict =
  (recorder: AddressRecorder, logger: Logger) =>
  ({ kind, address, podUids }: AddressConflict): void => {
    recorder.addressConflict(kind);
    logger.warn({ kind, address, podUids }, "more than one pod is said to own an address");
  };
