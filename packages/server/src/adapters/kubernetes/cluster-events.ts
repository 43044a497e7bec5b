import { createHash } from "node:crypto";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import { type Rate, TokenBucket } from "@rolecall/common/time/token-bucket";
import type { ClusterEvent, EventRecorder } from "../../application/ports/event-recorder.ts";
import { Deadline } from "./deadline.ts";
import { subjectReference } from "./event-subject.ts";
import { EventThrottle, REPEAT_AFTER_MS } from "./event-throttle.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";
import { refusalStatus } from "./kubernetes-error.ts";

/** `created`, or why an event was not: shown lately, too many at once, or refused by the API server. */
export type EventOutcome = "created" | "repeated" | "dropped" | "failed";

export interface ClusterEventsOptions {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onOutcome: (outcome: EventOutcome) => void;
}

const QUEUE_LENGTH = 1_000;
/** A server that has just started sees every denied pod of its nodes; etcd and the API server need not feel it. */
const CLUSTER_WIDE: Rate = { burst: 25, perSecond: 5 };
const ANSWER_MS = 10_000;
const COMPONENT = "rolecall-server";
const ALREADY_EXISTS = 409;
/** What events.k8s.io allows a note; core/v1 has no limit of its own. */
const MESSAGE_LENGTH = 1_024;

/** Creates warnings on pods and nodes, in the background: `run` sends what `record` takes. */
export class ClusterEvents implements EventRecorder {
  readonly #options: ClusterEventsOptions;
  readonly #throttle = new EventThrottle();
  readonly #rate: TokenBucket;
  readonly #queue: ClusterEvent[] = [];
  #wake: () => void = () => {};

  constructor(options: ClusterEventsOptions) {
    this.#options = options;
    this.#rate = new TokenBucket(CLUSTER_WIDE, options.clock.nowMs());
  }

  record(event: ClusterEvent): void {
    const { onOutcome, clock } = this.#options;
    if (this.#queue.length >= QUEUE_LENGTH) onOutcome("dropped");
    else if (!this.#throttle.admit(event, clock.nowMs())) onOutcome("repeated");
    else {
      this.#queue.push(event);
      this.#wake();
    }
  }

  readonly run: Task = async (signal) => {
    const { clock } = this.#options;
    signal.addEventListener("abort", () => this.#wake(), { once: true });
    while (!signal.aborted) {
      const event = this.#queue.shift();
      if (!event) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else if (this.#rate.take(clock.nowMs())) {
        await this.#create(event, signal);
      } else {
        this.#queue.unshift(event);
        await sleep(clock, this.#rate.waitMs(clock.nowMs()), signal);
      }
    }
  };

  async #create(event: ClusterEvent, signal: AbortSignal): Promise<void> {
    const { api, clock, log, onOutcome } = this.#options;
    const deadline = new Deadline(clock, ANSWER_MS, signal);
    const body = this.#toObject(event);
    const path = `/api/v1/namespaces/${body.metadata.namespace}/events`;
    try {
      await api.request({ path, body, signal: deadline.signal });
      onOutcome("created");
    } catch (error) {
      if (refusalStatus(error) === ALREADY_EXISTS) {
        onOutcome("repeated");
        return;
      }
      this.#throttle.forget(event);
      onOutcome("failed");
      log.debug({ ...body.involvedObject, reason: event.reason, err: error }, "could not create an event");
    } finally {
      deadline.cancel();
    }
  }

  #toObject(event: ClusterEvent) {
    const { reason, type = "Warning" } = event;
    const { namespace, involvedObject } = subjectReference(event);
    const nowMs = this.#options.clock.nowMs();
    const now = new Date(nowMs).toISOString().replace(/\.\d+Z$/, "Z");
    // A pod's name may be as long as an event's, and what stands before a dot must end in a letter or digit.
    const stem = involvedObject.name.slice(0, 200).replace(/[^a-z0-9]+$/, "");
    return {
      apiVersion: "v1",
      kind: "Event",
      metadata: { namespace, name: `${stem}.${identity(event, nowMs)}` },
      involvedObject,
      type,
      reason,
      message: noteOf(event),
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
      source: { component: COMPONENT },
      reportingComponent: COMPONENT,
      reportingInstance: COMPONENT,
    };
  }
}

/** The same on every server, so that a node that goes from one to another does not have its pods told twice. */
function identity(event: ClusterEvent, nowMs: number): string {
  const { reason, message } = event;
  const { involvedObject } = subjectReference(event);
  const period = Math.floor(nowMs / REPEAT_AFTER_MS);
  return createHash("sha256")
    .update(JSON.stringify([involvedObject.uid, reason, message, period]))
    .digest("hex")
    .slice(0, 20);
}

/** What is too long is cut before the link, which must stay whole. */
function noteOf({ message, link }: ClusterEvent): string {
  const end = link === undefined ? "" : ` (${link})`;
  const room = MESSAGE_LENGTH - end.length;
  return `${message.length > room ? `${message.slice(0, room - 1)}…` : message}${end}`;
}
