import type { Readiness } from "@rolecall/common/health/readiness";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Backoff, backoffDelayMs } from "@rolecall/common/time/backoff";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import { RULE_FAILURE_CURE } from "../domain/interception/failures.ts";
import type { InterceptionRulesOptions } from "../domain/interception/rules.ts";
import type { InterceptionRecorder } from "./ports/interception-recorder.ts";
import type { AliasAddresses, Netfilter, RuleError } from "./ports/rule-tables.ts";
import { RuleKeeper } from "./rule-keeper.ts";

export interface KeepRulesOptions {
  readonly netfilter: Netfilter;
  readonly aliases: AliasAddresses;
  readonly rules: InterceptionRulesOptions;
  readonly recorder: InterceptionRecorder;
  readonly readiness: Readiness;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  /** Called after each pass that leaves everything in place. */
  readonly onStanding?: () => void;
}

const CHECK = "interception";
const INTERVAL_MS = 10_000;
const RETRY: Backoff = { baseMs: 1_000, capMs: INTERVAL_MS };

/**
 * Keeps guard, alias and interception in the kernel. When it ends they stay: without an agent a pod is refused, and never
 * handed the node's role.
 */
export function keepRules({
  readiness,
  recorder,
  logger,
  clock,
  random,
  onStanding,
  ...options
}: KeepRulesOptions): Task {
  readiness.expect(CHECK, "the kernel rules have not been checked yet");
  return async (signal) => {
    const keeper = new RuleKeeper({ ...options, recorder, logger });
    let failures = 0;
    let logged: string | undefined;
    while (!signal.aborted) {
      const failure = await keeper.pass();
      const problem = failure && describe(failure);
      recorder.rulesChecked(failure?.reason);
      readiness.report(CHECK, problem);
      if (!failure) onStanding?.();
      if (failure && problem !== logged) {
        logger.error({ reason: failure.reason, err: failure }, "the kernel rules cannot be kept");
      } else if (!failure && logged !== undefined) {
        logger.info("the kernel rules stand again");
      }
      logged = problem;
      failures = failure ? failures + 1 : 0;
      await sleep(clock, failure ? backoffDelayMs(RETRY, failures, random) : INTERVAL_MS, signal);
    }
  };
}

const describe = ({ reason, message }: RuleError): string => `${RULE_FAILURE_CURE[reason]} (${message})`;
