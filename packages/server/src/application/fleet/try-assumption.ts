import { aborted } from "@rolecall/common/lifecycle/run-together";
import type { Clock } from "@rolecall/common/time/clock";
import { type Rate, TokenBucket } from "@rolecall/common/time/token-bucket";
import type { TriedAssumption } from "../../domain/fleet/pod-report.ts";
import type { StsQueue } from "../sts-queue.ts";
import { findPod } from "./describe-pod.ts";
import type { FleetSources } from "./fleet-sources.ts";
import { iso } from "./statuses.ts";

/** A person tries again after each change of IAM; a program that loops must not use up the account's STS quota. */
const ALLOWED: Rate = { burst: 5, perSecond: 0.2 };

/**
 * Asks STS once for the role of a pod that is granted one, so that a person need not wait for the next attempt. The
 * credentials are dropped. Nothing can be asked for that the pod may not have.
 */
export class TryAssumption {
  readonly #sources: Pick<FleetSources, "pods" | "decide">;
  readonly #sts: Pick<StsQueue, "ask">;
  readonly #clock: Clock;
  readonly #allowed: TokenBucket;

  constructor(sources: Pick<FleetSources, "pods" | "decide">, sts: Pick<StsQueue, "ask">, clock: Clock) {
    this.#sources = sources;
    this.#sts = sts;
    this.#clock = clock;
    this.#allowed = new TokenBucket(ALLOWED, clock.nowMs());
  }

  async try(namespace: string, name: string, signal: AbortSignal): Promise<TriedAssumption> {
    const pod = findPod(this.#sources, namespace, name);
    if (!pod) return { kind: "not-found" };
    const grant = this.#sources.decide(pod);
    if (grant.kind !== "granted") return { kind: "not-granted" };
    const nowMs = this.#clock.nowMs();
    if (!this.#allowed.take(nowMs)) {
      return { kind: "too-often", retryAfterSeconds: Math.ceil(this.#allowed.waitMs(nowMs) / 1_000) };
    }
    // After the pods that wait for their first credentials, and before every refresh.
    const answer = await Promise.race([this.#sts.ask(grant.assumption, () => 1, signal), aborted(signal)]);
    if (!answer) return { kind: "unanswered" };
    if (answer.kind === "credentials") return { kind: "credentials", expiresAt: iso(answer.credentials.expiresAtMs) };
    return { kind: "failed", reason: answer.failure.reason, detail: answer.failure.detail };
  }
}
