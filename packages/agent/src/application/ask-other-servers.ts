import { aborted, type Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Backoff, backoffDelayMs } from "@rolecall/common/time/backoff";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import { type Rate, TokenBucket } from "@rolecall/common/time/token-bucket";
import type { Credentials } from "../domain/credentials/credentials.ts";
import { type Lack, lacking } from "../domain/credentials/lacking.ts";
import type { NodeView } from "../domain/credentials/node-view.ts";
import { BrokerError, type FoundPod } from "./ports/broker.ts";
import type { FeedRecorder } from "./ports/feed-recorder.ts";
import type { OtherServers } from "./ports/other-servers.ts";

export interface AskOtherServersOptions {
  readonly others: OtherServers;
  readonly view: NodeView;
  /** The time that credentials are in. */
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly recorder: FeedRecorder;
  readonly log: Logger;
}

/** STS answers in this time where nothing is wrong. */
const PATIENCE_MS = 150;
const RETRY: Backoff = { baseMs: 250, capMs: 2_000 };
/** Of one node, however many roles its pods have: an outage of STS must not become one of the servers. */
const QUESTIONS: Rate = { burst: 64, perSecond: 4 };

/**
 * Asks the other servers for what the one that feeds this node could not obtain. An agent that has lost its memory while STS
 * fails may come to a server that has nothing, and another one may hold what it needs.
 */
export function askOtherServers(options: AskOtherServersOptions): Task {
  const { others, view, clock } = options;
  const questions = new TokenBucket(QUESTIONS, clock.nowMs());
  return async (signal) => {
    const asking = new Map<string, Promise<void>>();
    let cancelTimer = () => {};
    const ask = async (lack: Lack) => {
      await askUntilHad(lack, options, questions, signal);
      asking.delete(lack.assumptionKey);
      if (asking.size === 0) others.rest();
    };
    const consider = () => {
      const nowMs = clock.nowMs();
      for (const [key, lack] of lacking(view, nowMs)) if (!asking.has(key)) asking.set(key, ask(lack));
      // Nobody says when credentials expire.
      const ends = [...view.liveCredentials(nowMs).values()].map(({ expiresAtMs }) => expiresAtMs);
      cancelTimer();
      cancelTimer = ends.length === 0 ? () => {} : clock.setTimer(Math.min(...ends) - nowMs, consider);
    };
    const unsubscribe = view.onChange(consider);
    consider();
    await aborted(signal);
    unsubscribe();
    cancelTimer();
    await Promise.all(asking.values());
  };
}

async function askUntilHad(
  { assumptionKey, isPending }: Lack,
  options: AskOtherServersOptions,
  questions: TokenBucket,
  signal: AbortSignal,
): Promise<void> {
  const { view, clock, random } = options;
  if (isPending) await sleep(clock, PATIENCE_MS, signal);
  for (let tries = 1; !signal.aborted; tries += 1) {
    const lack = lacking(view, clock.nowMs()).get(assumptionKey);
    if (!lack || (questions.take(clock.nowMs()) && (await askOnce(lack, options)))) return;
    await sleep(clock, backoffDelayMs(RETRY, tries, random), signal);
  }
}

/** @returns whether credentials came of it */
async function askOnce({ assumptionKey, pod }: Lack, options: AskOtherServersOptions): Promise<boolean> {
  const { others, view, clock, recorder, log } = options;
  const { uid, namespace, name } = pod;
  const fields = { podUid: uid, namespace, pod: name };
  try {
    const credentials = longestLived(await others.heldFor({ uid, namespace, name }), assumptionKey);
    const isTaken = credentials !== undefined && view.takeOver(assumptionKey, credentials, clock.nowMs());
    recorder.othersAsked(isTaken ? "found" : "not-found");
    if (isTaken) log.info(fields, "took over credentials that another server held");
    return isTaken;
  } catch (error) {
    const reason = error instanceof BrokerError ? error.reason : "internal";
    recorder.othersAsked("failed");
    log.debug({ ...fields, reason }, "could not ask another server for credentials");
    return false;
  }
}

/** A server whose watch lags may still speak of the role that the pod had before. */
function longestLived(found: readonly FoundPod[], assumptionKey: string): Credentials | undefined {
  return found
    .flatMap(({ assumption }) =>
      assumption?.key === assumptionKey && assumption.outcome.kind === "credentials"
        ? [assumption.outcome.credentials]
        : [],
    )
    .reduce<Credentials | undefined>(
      (best, each) => (best && best.expiresAtMs >= each.expiresAtMs ? best : each),
      undefined,
    );
}
