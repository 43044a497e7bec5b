import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Clock, sleep } from "@rolecall/common/time/clock";

export interface PreflightOptions {
  /** One line for each permission that is missing. @throws when the API server cannot be asked */
  readonly missingPermissions: (signal: AbortSignal) => Promise<readonly string[]>;
  /** Hears the problem in one line, or undefined when there is none. */
  readonly report: (problem: string | undefined) => void;
  /** Hears of permissions that are missing, each time that they are found to be, in one line. */
  readonly onMissing: (problem: string) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

const RECHECK_MS = 10_000;
const ANSWER_MS = 5_000;

/** Asks the API server until this process may do all it must, and says each missing permission once. */
export function preflight({ missingPermissions, report, onMissing, clock, log }: PreflightOptions): Task {
  return async (signal) => {
    let said = "";
    while (!signal.aborted) {
      const { missing, problems } = await missingPermissions(
        AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
      ).then(
        (lines) => ({ missing: lines.join("; "), problems: lines }),
        (error: unknown) => ({
          missing: "",
          problems: [
            `the Kubernetes API cannot be asked (${errorMessage(error)}); check --kubeconfig and the way there`,
          ],
        }),
      );
      if (signal.aborted) return;
      const problem = problems.join("; ");
      if (missing !== "") onMissing(missing);
      report(problem || undefined);
      if (problem === "") return;
      if (problem !== said) for (const line of problems) log.error({ check: "rbac" }, line);
      said = problem;
      await sleep(clock, RECHECK_MS, signal);
    }
  };
}
