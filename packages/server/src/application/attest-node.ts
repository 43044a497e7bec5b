import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Clock } from "@rolecall/common/time/clock";
import {
  type AgentClaims,
  type AgentIdentity,
  type Attestation,
  type AttestationRules,
  attest,
  checkToken,
  type Proof,
  type ReviewedToken,
  refused,
} from "../domain/node/attestation.ts";
import { attestBySignature, type Undecided, undecided } from "../domain/node/signed-claims.ts";
import type { PodInventory } from "../domain/pod/pod-inventory.ts";
import type { NodeReader } from "./ports/node-reader.ts";
import type { PodReader } from "./ports/pod-reader.ts";
import type { TokenReviewer } from "./ports/token-reviewer.ts";
import type { TokenVerifier, VerifiedToken } from "./ports/token-verifier.ts";

export interface AttestNodeOptions {
  readonly reviewer: TokenReviewer;
  /** Asked while the API server cannot be; no token is then taken where this is absent. */
  readonly signatures: TokenVerifier | undefined;
  readonly pods: Pick<PodInventory, "get" | "onRemove">;
  /** Asked for a pod that the watch has not brought. */
  readonly podReader: PodReader;
  readonly nodes: NodeReader;
  readonly rules: AttestationRules;
  readonly clock: Clock;
  /** What a token is remembered by, so that none is kept. */
  readonly hash: (token: string) => string;
  /** Hears of each token that was found to be an agent's, and by what. */
  readonly onProven: (proof: Proof) => void;
}

/** What the API server said stands for so long; a token that it no longer takes is taken here until then at most. */
const REMEMBER_MS = 60_000;
const ANSWER_MS = 5_000;

const GONE = refused("agent-gone", "the pod that the token is bound to has just left");

interface Known {
  readonly attestation: Promise<Attestation | Undecided>;
  untilMs: number;
  /** Whose token it was found to be; undefined until that is known. */
  identity?: AgentIdentity;
  /** UIDs of pods that left while it was asked. */
  readonly left: Set<string>;
}

/**
 * Finds out which node's agent a token stands for, asking the API server once a minute for each: one TokenReview, one read
 * of the node's metadata, and of the agent's pod only where the watch has not brought it. While it cannot be asked its
 * signature speaks for it, and that is forgotten as soon as it can.
 */
export class AttestNode {
  readonly #options: AttestNodeOptions;
  readonly #known = new Map<string, Known>();
  /** Of `#known`, what was gone by its signature; most of the time none. */
  readonly #bySignatureAlone = new Set<string>();

  constructor(options: AttestNodeOptions) {
    this.#options = options;
    options.pods.onRemove((uid) => this.#podLeft(uid));
  }

  /** Whether what this token stands for is known without asking anyone. */
  isKnown(token: string): boolean {
    return this.#knownOf(this.#options.hash(token)) !== undefined;
  }

  /** The API server can be asked again: what was taken on its signature is asked of it at the next call. */
  apiServerAnswered(): void {
    for (const key of this.#bySignatureAlone) this.#known.delete(key);
    this.#bySignatureAlone.clear();
  }

  /**
   * @returns undecided where the API server cannot be asked, and the signature leaves room for doubt
   * @throws when the API server answered, and not what was asked; or cannot be asked, and signatures are not gone by
   */
  async attest(token: string): Promise<Attestation | Undecided> {
    const { clock, hash, onProven } = this.#options;
    const nowMs = clock.nowMs();
    this.#forgetOld(nowMs);
    const key = hash(token);
    const known = this.#knownOf(key);
    if (known) return known.attestation;
    this.#known.delete(key);
    const left = new Set<string>();
    const attestation = this.#ask(token).then((verdict) =>
      verdict.kind === "attested" && left.has(verdict.identity.podUid) ? GONE : verdict,
    );
    const asked: Known = { attestation, untilMs: nowMs + REMEMBER_MS, left };
    this.#known.set(key, asked);
    // A refusal may be cured in the next moment, and an unanswered question says nothing.
    const forget = () => {
      if (this.#known.get(key) === asked) this.#known.delete(key);
    };
    attestation.then((verdict) => {
      if (verdict.kind !== "attested") return forget();
      const { expiresAtMs, proof } = verdict.identity;
      onProven(proof);
      asked.identity = verdict.identity;
      if (proof !== "signature") return;
      asked.untilMs = Math.min(asked.untilMs, expiresAtMs ?? 0);
      this.#bySignatureAlone.add(key);
    }, forget);
    return attestation;
  }

  #knownOf(key: string): Known | undefined {
    const known = this.#known.get(key);
    return known && known.untilMs > this.#options.clock.nowMs() ? known : undefined;
  }

  /** What was said of the token of a pod that has left is asked anew. */
  #podLeft(uid: string): void {
    for (const [key, { identity, left }] of this.#known) {
      if (identity?.podUid === uid) this.#known.delete(key);
      if (!identity) left.add(uid);
    }
  }

  async #ask(token: string): Promise<Attestation | Undecided> {
    const { reviewer, rules, signatures } = this.#options;
    const review = await reviewer.review(token, rules.audience);
    if (review.kind === "reviewed") return this.#byReview(review.token);
    if (!signatures) throw review.cause;
    const verdict = this.#bySignature(await signatures.verify(token));
    if (verdict.kind !== "undecided") return verdict;
    return undecided(`the API server cannot be asked (${errorMessage(review.cause)}), and ${verdict.detail}`);
  }

  #bySignature(verified: VerifiedToken): Attestation | Undecided {
    const { rules, clock, pods } = this.#options;
    if (verified.kind === "forged") return refused("token-refused", verified.detail);
    if (verified.kind === "key-unknown") return undecided(verified.detail);
    const { claims, issuer } = verified;
    return attestBySignature(claims, rules, { issuer, nowMs: clock.nowMs(), podOf: (uid) => pods.get(uid) });
  }

  async #byReview(token: ReviewedToken): Promise<Attestation> {
    const { rules, clock } = this.#options;
    const checked = checkToken(token, rules);
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
    return attest(claims, { pod, nodeUid }, "token-review");
  }

  #forgetOld(nowMs: number): void {
    for (const [key, { untilMs }] of this.#known) {
      if (untilMs > nowMs) return;
      this.#known.delete(key);
    }
  }
}
