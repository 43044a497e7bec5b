import { type Rate, TokenBucket } from "@rolecall/common/time/token-bucket";
import type { ClusterEvent } from "../../application/ports/event-recorder.ts";
import { subjectKey } from "./event-subject.ts";

/** After this time what still holds is shown again. */
export const REPEAT_AFTER_MS = 600_000;
/** A pod whose annotation someone keeps changing must not use up what the others need. */
const PER_SUBJECT: Rate = { burst: 5, perSecond: 1 / 60 };
const REMEMBERED_EVENTS = 10_000;
const REMEMBERED_SUBJECTS = 10_000;

/** Which events are worth showing: none that was shown within ten minutes, and few of one pod or node. */
export class EventThrottle {
  /** When each event was shown, the oldest first. */
  readonly #shownAtMs = new Map<string, number>();
  readonly #subjects = new Map<string, TokenBucket>();

  /** @returns whether to show the event now, and if so counts it as shown */
  admit(event: ClusterEvent, nowMs: number): boolean {
    const key = keyOf(event);
    const shownAtMs = this.#shownAtMs.get(key);
    if (shownAtMs !== undefined && nowMs - shownAtMs < REPEAT_AFTER_MS) return false;
    const subject = subjectKey(event);
    const bucket = this.#subjects.get(subject) ?? new TokenBucket(PER_SUBJECT, nowMs);
    if (!bucket.take(nowMs)) return false;
    putLast(this.#subjects, subject, bucket, REMEMBERED_SUBJECTS);
    putLast(this.#shownAtMs, key, nowMs, REMEMBERED_EVENTS);
    return true;
  }

  /** The event was not shown after all. */
  forget(event: ClusterEvent): void {
    this.#shownAtMs.delete(keyOf(event));
  }
}

const keyOf = (event: ClusterEvent): string => JSON.stringify([subjectKey(event), event.reason, event.message]);

function putLast<K, V>(map: Map<K, V>, key: K, value: V, limit: number): void {
  map.delete(key);
  if (map.size >= limit) map.delete(map.keys().next().value as K);
  map.set(key, value);
}
