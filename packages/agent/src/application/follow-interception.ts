import type { Readiness } from "@rolecall/common/health/readiness";
import { runTogether, type Task } from "@rolecall/common/lifecycle/run-together";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import { grownSince } from "../domain/exchange/grown-since.ts";
import type { Drift, InterceptionReport } from "../domain/interception/interception-report.ts";
import { FAMILIES, type Family } from "../domain/interception/rules.ts";
import type { Published } from "./ports/exchange.ts";
import type { InterceptionRecorder } from "./ports/interception-recorder.ts";

export interface FollowInterceptionOptions {
  /** Names this run of the agent. */
  readonly instance: string;
  readonly reports: Published<InterceptionReport>;
  readonly recorder: InterceptionRecorder;
  readonly readiness: Readiness;
  readonly clock: Clock;
  /** Called after each report of a pass that left everything in place: the alias is there. */
  readonly onStanding: () => void;
}

const CHECK = "interception";
/** A keeper makes a pass every 10 s. */
const SILENT_AFTER_MS = 30_000;
const LOOK_MS = 5_000;
const NO_REPORT =
  "the keeper has not reported yet: see the log of the container keeper, and that both processes have the same --exchange-dir";

/** Follows how the keeper finds the kernel's rules: counts it, and makes readiness depend on it. */
export function followInterception(options: FollowInterceptionOptions): Task {
  const { instance, reports, recorder, readiness, clock, onStanding } = options;
  let last: InterceptionReport | undefined;
  readiness.expect(CHECK, NO_REPORT);
  const judge = () => readiness.report(CHECK, problemOf(last, instance, clock.nowMs()));
  const take = (report: InterceptionReport) => {
    record(report, last?.keeper === report.keeper ? last : undefined, recorder);
    last = report;
    judge();
    // A report that outlived its keeper says nothing of the alias.
    if (!report.failure && !isSilent(report, clock.nowMs())) onStanding();
  };
  return (signal) =>
    runTogether(signal, [
      (stopping) => reports.follow(take, stopping),
      async (stopping) => {
        while (!stopping.aborted) {
          judge();
          await sleep(clock, LOOK_MS, stopping);
        }
      },
    ]);
}

function record(report: InterceptionReport, before: InterceptionReport | undefined, to: InterceptionRecorder): void {
  for (const [name, count] of grownSince(before?.drifts ?? {}, report.drifts)) {
    const [family, drift] = name.split(" ") as [Family, Drift];
    // A report without the time is of a keeper that is older than this agent.
    to.rulesDrifted(family, drift, report.lastDriftAtMs ?? report.checkedAtMs, count);
  }
  for (const family of FAMILIES) {
    const counters = report.packets[family];
    if (counters) to.packetsCounted(family, counters);
  }
  if (report.passes !== before?.passes) to.rulesChecked(report.failure);
  for (const [sight, count] of grownSince(before?.failedOpen ?? {}, report.failedOpen)) to.failedOpen(sight, count);
  recordProbes(report, before, to);
  to.hostInterfaceChecked(report.hostInterfaceProblem);
}

function recordProbes(
  report: InterceptionReport,
  before: InterceptionReport | undefined,
  to: InterceptionRecorder,
): void {
  if (!report.selfProbe) to.probed("off");
  const stands = report.probe?.outcome;
  const ended = [...grownSince(before?.probes ?? {}, report.probes)];
  // The one that stands comes last.
  ended.sort(([one], [other]) => Number(one === stands) - Number(other === stands));
  for (const [outcome, count] of ended) to.probed({ outcome }, count);
  if (report.selfProbe && !report.probe) to.probed(undefined);
}

function problemOf(report: InterceptionReport | undefined, instance: string, nowMs: number): string | undefined {
  if (!report) return NO_REPORT;
  if (isSilent(report, nowMs)) {
    const seconds = Math.round((nowMs - report.checkedAtMs) / 1_000);
    return `the keeper has not reported for ${seconds} s: see the log of the container keeper`;
  }
  if (report.failure) return report.failure.sentence;
  if (report.leadsTo !== instance) return report.standsBy ?? "the kernel rules do not lead to this agent yet";
  return report.hostInterfaceProblem ?? probeProblem(report);
}

const isSilent = ({ checkedAtMs }: InterceptionReport, nowMs: number): boolean => nowMs - checkedAtMs > SILENT_AFTER_MS;

/** A node that cannot be probed is judged by its rules. */
function probeProblem({ selfProbe, probe }: InterceptionReport): string | undefined {
  if (!selfProbe || probe?.outcome === "unavailable") return undefined;
  return probe ? probe.problem : "the way to this agent has not been probed yet";
}
