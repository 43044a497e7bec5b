import { aborted, type Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import { lacking } from "../domain/credentials/lacking.ts";
import type { NodeView } from "../domain/credentials/node-view.ts";

export interface AwaitCredentialsOptions {
  readonly view: NodeView;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called once. */
  readonly onLoaded: () => void;
}

/** While STS is away the agent before this one may serve on; but a rollout must not wait for that for ever. */
const LONGEST_WAIT_MS = 60_000;

/**
 * Tells when the node view is whole: a snapshot has come, and every pod of it that is to have credentials has them. The
 * server that feeds a new agent need not be the one that fed the agent before it, and may have to ask STS first.
 */
export function awaitCredentials({ view, clock, log, onLoaded }: AwaitCredentialsOptions): Task {
  return async (signal) => {
    const snapshot = Promise.withResolvers<void>();
    const whole = new AbortController();
    const lacks = () => lacking(view, clock.nowMs()).size;
    const look = () => {
      if (!view.hasSnapshot) return;
      snapshot.resolve();
      if (lacks() === 0) whole.abort();
    };
    const unsubscribe = view.onChange(look);
    look();
    await Promise.race([snapshot.promise, aborted(signal)]);
    await sleep(clock, LONGEST_WAIT_MS, AbortSignal.any([signal, whole.signal]));
    unsubscribe();
    if (signal.aborted) return;
    if (!whole.signal.aborted) {
      log.warn(
        { assumptions: lacks(), seconds: LONGEST_WAIT_MS / 1_000 },
        "credentials that pods were granted have not come; this agent takes over without them",
      );
    }
    onLoaded();
  };
}
