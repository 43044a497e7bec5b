import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Backoff, backoffDelayMs } from "@rolecall/common/time/backoff";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import { isRoleSession, MAX_CHAINED_SECONDS } from "../domain/role/role-chaining.ts";
import type { CallerIdentity } from "./ports/caller-identity.ts";

export interface CheckOwnCredentialsOptions {
  readonly callerIdentity: CallerIdentity;
  /** The session duration of a pod that asks for none. */
  readonly sessionSeconds: number;
  /** Hears who the server is to AWS, once it is known. */
  readonly onIdentity: (callerArn: string) => void;
  /** Hears the problem in one line, or undefined when there is none. */
  readonly report: (problem: string | undefined) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

const RETRY: Backoff = { baseMs: 500, capMs: 10_000 };

/** Asks STS who the server is until it says, so that a server without credentials is seen before a pod misses its own. */
export function checkOwnCredentials(options: CheckOwnCredentialsOptions): Task {
  const { callerIdentity, sessionSeconds, onIdentity, report, clock, random, log } = options;
  let said: string | undefined;
  const say = (problem: string | undefined) => {
    report(problem);
    if (problem !== undefined && problem !== said) log.error({ check: "aws-credentials" }, problem);
    said = problem;
  };
  return async (signal) => {
    for (let failures = 1; !signal.aborted; failures += 1) {
      const identity = await callerIdentity.ask(signal);
      if (signal.aborted) return;
      if (identity.kind === "arn") {
        say(durationProblem(identity.arn, sessionSeconds));
        log.info({ callerArn: identity.arn }, "this is who the server is to AWS");
        onIdentity(identity.arn);
        return;
      }
      say(identity.detail);
      await sleep(clock, backoffDelayMs(RETRY, failures, random), signal);
    }
  };
}

function durationProblem(callerArn: string, sessionSeconds: number): string | undefined {
  if (sessionSeconds <= MAX_CHAINED_SECONDS || !isRoleSession(callerArn)) return undefined;
  return `--session-duration (chart value aws.sessionDuration) must be at most 1h: the server is ${callerArn}, and AWS gives a role that assumes another no longer session`;
}
