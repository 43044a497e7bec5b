import type { Clock } from "@rolecall/common/time/clock";
import {
  type AgentClaims,
  type Attestation,
  type AttestationRules,
  attest,
  checkToken,
  refused,
} from "../domain/node/attestation.ts";
import type { PodInventory } from "../domain/pod/pod-inventory.ts";
import type { NodeReader } from "./ports/node-reader.ts";
import type { PodReader } from "./ports/pod-reader.ts";
import type { TokenReviewer } from "./ports/token-reviewer.ts";

export interface AttestNodeOptions {
  readonly reviewer: TokenReviewer;
  readonly pods: Pick<PodInventory, "get">;
  /** Asked for a pod that the watch has not brought. */
  readonly podReader: PodReader;
  readonly nodes: NodeReader;
  readonly rules: AttestationRules;
  readonly clock: Clock;
  /** What a token is remembered by, so that none is kept. */
  readonly hash: (token: string) => string;
}

/** What the API server said stands for so long; a token that it no longer takes is taken here until then at most. */
const REMEMBER_MS = 60_000;
const ANSWER_MS = 5_000;

interface Known {
  readonly attestation: Promise<Attestation>;
  readonly untilMs: number;
  /** The UID of the agent's pod, once the watch has been seen to have it. */
  podUid?: string;
}

/**
 * Finds out which node's agent a token stands for, asking the API server once a minute for each: one TokenReview, one read
 * of the node's metadata, and of the agent's pod only where the watch has not brought it.
 */
export class AttestNode {
  readonly #options: AttestNodeOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: AttestNodeOptions) {
    this.#options = options;
  }

  /** Whether what this token stands for is known without asking anyone. */
  isKnown(token: string): boolean {
    const known = this.#known.get(this.#options.hash(token));
    return known !== undefined && known.untilMs > this.#options.clock.nowMs() && !this.#hasLeft(known);
  }

  /** @throws when the API server cannot be asked */
  async attest(token: string): Promise<Attestation> {
    const { clock, hash } = this.#options;
    const nowMs = clock.nowMs();
    this.#forgetOld(nowMs);
    const key = hash(token);
    const known = this.#known.get(key);
    if (known && !this.#hasLeft(known)) return known.attestation;
    this.#known.delete(key);
    const attestation = this.#ask(token);
    const asked: Known = { attestation, untilMs: nowMs + REMEMBER_MS };
    this.#known.set(key, asked);
    // A refusal may be cured in the next moment, and an unanswered question says nothing.
    const forget = () => {
      if (this.#known.get(key) === asked) this.#known.delete(key);
    };
    attestation.then((verdict) => {
      if (verdict.kind === "refused") forget();
      else if (this.#options.pods.get(verdict.identity.podUid)) asked.podUid = verdict.identity.podUid;
    }, forget);
    return attestation;
  }

  /** Whether the agent's pod was there and is no longer: what was said of its token is then asked anew. */
  #hasLeft({ podUid }: Known): boolean {
    return podUid !== undefined && this.#options.pods.get(podUid) === undefined;
  }

  async #ask(token: string): Promise<Attestation> {
    const { reviewer, rules, clock } = this.#options;
    const checked = checkToken(await reviewer.review(token, rules.audience), rules);
    if (checked.kind === "refused") return checked;
    const { expiresAtMs } = checked.claims;
    // The API server allows for clocks that differ; a stream that is opened here is to have some time before its end.
    if (expiresAtMs !== undefined && expiresAtMs <= clock.nowMs())
      return refused("token-refused", "the token has expired");
    return this.#holdAgainstCluster(checked.claims);
  }

  async #holdAgainstCluster(claims: AgentClaims): Promise<Attestation> {
    const { pods, podReader, nodes } = this.#options;
    const signal = AbortSignal.timeout(ANSWER_MS);
    const pod = pods.get(claims.podUid) ?? (await podReader.read(claims.namespace, claims.podName, signal));
    const nodeUid = pod?.node === undefined ? undefined : await nodes.uidOf(pod.node, signal);
    return attest(claims, { pod, nodeUid });
  }

  #forgetOld(nowMs: number): void {
    for (const [key, { untilMs }] of this.#known) {
      if (untilMs > nowMs) return;
      this.#known.delete(key);
    }
  }
}
