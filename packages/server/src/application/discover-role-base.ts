import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Backoff } from "@rolecall/common/time/backoff";
import { backoffDelayMs } from "@rolecall/common/time/backoff";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import type { BaseArn } from "../domain/role/role-reference.ts";
import { baseArnFromCallerIdentity } from "../domain/role/role-reference.ts";
import type { CallerIdentity } from "./ports/caller-identity.ts";

const RETRY: Backoff = { baseMs: 500, capMs: 10_000 };

export interface DiscoverRoleBaseOptions {
  readonly callerIdentity: CallerIdentity;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onFound: (base: BaseArn, callerArn: string) => void;
  readonly onProblem: (problem: string) => void;
}

/** Finds out the partition and account that short role names belong to, from the server's own identity. Retries until it knows. */
export function discoverRoleBase(options: DiscoverRoleBaseOptions): Task {
  return async (signal) => {
    for (let failures = 1; !signal.aborted; failures += 1) {
      const identity = await options.callerIdentity.ask(signal);
      const base = identity.kind === "arn" ? baseArnFromCallerIdentity(identity.arn) : undefined;
      if (identity.kind === "arn" && base) {
        options.onFound(base, identity.arn);
        return;
      }
      const problem =
        identity.kind === "arn" ? `the caller identity ${identity.arn} names no account` : identity.detail;
      options.onProblem(`${problem}; set --role-base-arn where STS cannot be asked for the account`);
      await sleep(options.clock, backoffDelayMs(RETRY, failures, options.random), signal);
    }
  };
}
