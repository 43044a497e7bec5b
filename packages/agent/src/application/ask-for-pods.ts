import { aborted, type Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Backoff, backoffDelayMs } from "@rolecall/common/time/backoff";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import type { PodName } from "../domain/address/cni-result.ts";
import type { PodAddresses } from "../domain/address/pod-addresses.ts";
import type { NodeView } from "../domain/credentials/node-view.ts";
import { type Broker, BrokerError } from "./ports/broker.ts";
import type { FeedRecorder } from "./ports/feed-recorder.ts";

export interface AskForPodsOptions {
  readonly broker: Broker;
  readonly view: NodeView;
  readonly addresses: PodAddresses;
  readonly clock: Clock;
  readonly random: () => number;
  readonly recorder: FeedRecorder;
  readonly log: Logger;
}

const RETRY: Backoff = { baseMs: 200, capMs: 2_000 };
/** The feed brings what this many questions did not; a static pod is never found, its UID on the node is not the API's. */
const MAX_QUESTIONS = 5;

/**
 * Asks the server at once for each pod that the node names and the feed has not brought, so that a server whose watch lags
 * does not cost the pod its first request. One that an earlier feed brought and this one does not name keeps what it has
 * until the answer: that no such pod is there takes it away. Nothing is asked before the first snapshot, which answers for
 * most.
 */
export function askForPods(options: AskForPodsOptions): Task {
  const { view, addresses, clock } = options;
  return async (signal) => {
    const asking = new Map<string, Promise<void>>();
    const consider = (pod: PodName) => {
      if (!view.hasSnapshot || isFed(view, pod.podUid) || asking.has(pod.podUid)) return;
      const question = askUntilKnown(pod, options, signal).finally(() => asking.delete(pod.podUid));
      asking.set(pod.podUid, question);
    };
    const unsubscribe = [
      addresses.onPodAppeared(consider),
      addresses.onPodGone(({ podUid }) => view.release(podUid, clock.nowMs())),
      view.onChange((change) => {
        if (change.kind === "snapshot") for (const pod of addresses.localPods()) consider(pod);
      }),
    ];
    await aborted(signal);
    for (const end of unsubscribe) end();
    await Promise.all(asking.values());
  };
}

const isFed = (view: NodeView, podUid: string): boolean => view.pod(podUid) !== undefined && !view.isAdopted(podUid);

async function askUntilKnown(pod: PodName, options: AskForPodsOptions, signal: AbortSignal): Promise<void> {
  const { broker, view, addresses, clock, random, recorder, log } = options;
  const isStillUnknown = () =>
    !isFed(view, pod.podUid) && addresses.localPods().some(({ podUid }) => podUid === pod.podUid);
  for (let questions = 1; questions <= MAX_QUESTIONS && isStillUnknown() && !signal.aborted; questions += 1) {
    try {
      const found = await broker.findPod({ uid: pod.podUid, namespace: pod.namespace, name: pod.name });
      recorder.podAskedFor("found");
      if (isStillUnknown()) view.adopt(found.pod, found.assumption, clock.nowMs());
      return;
    } catch (error) {
      const reason = error instanceof BrokerError ? error.reason : "internal";
      recorder.podAskedFor(reason === "pod-not-found" ? "not-found" : "failed");
      const { podUid, namespace, name } = pod;
      if (reason === "pod-not-found") view.release(podUid, clock.nowMs());
      log.debug(
        { podUid, namespace, pod: name, reason, questions },
        "could not get a pod that the feed has not brought",
      );
      await sleep(clock, backoffDelayMs(RETRY, questions, random), signal);
    }
  }
}
