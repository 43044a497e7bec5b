import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Backoff, backoffDelayMs } from "@rolecall/common/time/backoff";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import { RULE_FAILURE_CURE } from "../domain/interception/failures.ts";
import type { KeptRules } from "../domain/interception/rules.ts";
import type { Lead } from "./lead.ts";
import type { InterceptionRecorder } from "./ports/interception-recorder.ts";
import type { AliasAddresses, Netfilter, RuleError } from "./ports/rule-tables.ts";
import { RuleKeeper } from "./rule-keeper.ts";

export interface KeepRulesOptions {
  readonly netfilter: Netfilter;
  readonly aliases: AliasAddresses;
  readonly rules: KeptRules;
  readonly lead: Lead;
  readonly recorder: InterceptionRecorder;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  /** Called after each pass, with the agent's run that the rules lead to by this keeper's hand. */
  readonly onPass?: (leadsTo: string | undefined) => void;
}

const INTERVAL_MS = 10_000;
/** After the rules came to lead elsewhere, for what another keeper wrote in the very moment that it was relieved. */
const SETTLE_MS = 1_000;
const RETRY: Backoff = { baseMs: 1_000, capMs: INTERVAL_MS };

/**
 * Keeps guard, alias and interception in the kernel. When it ends they stay: without an agent a pod is refused, and never
 * handed the node's role.
 */
export function keepRules({ recorder, lead, logger, clock, random, onPass, ...options }: KeepRulesOptions): Task {
  return async (signal) => {
    const keeper = new RuleKeeper({ ...options, recorder, logger, clock });
    let failures = 0;
    let logged: string | undefined;
    let ledTo: string | undefined;
    while (!signal.aborted) {
      const turned = new AbortController();
      const unsubscribe = lead.onChange(() => turned.abort());
      const { failure, leadsTo } = await keeper.pass(lead);
      const problem = failure && describe(failure);
      recorder.rulesChecked(failure && { reason: failure.reason, sentence: describe(failure) }, leadsTo);
      onPass?.(leadsTo);
      if (failure && problem !== logged) {
        logger.error({ reason: failure.reason, err: failure }, "the kernel rules cannot be kept");
      } else if (!failure && logged !== undefined) {
        logger.info("the kernel rules stand again");
      }
      logged = problem;
      failures = failure ? failures + 1 : 0;
      const dueMs = leadsTo === ledTo ? INTERVAL_MS : SETTLE_MS;
      ledTo = leadsTo;
      const waitMs = failure ? backoffDelayMs(RETRY, failures, random) : dueMs;
      await sleep(clock, waitMs, AbortSignal.any([signal, turned.signal]));
      unsubscribe();
    }
  };
}

const describe = ({ reason, message }: RuleError): string => `${RULE_FAILURE_CURE[reason]} (${message})`;
