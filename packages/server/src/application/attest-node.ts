import type { Clock } from "@rolecall/common/time/clock";
import { type Attestation, type AttestationRules, attest } from "../domain/node/attestation.ts";
import type { TokenReviewer } from "./ports/token-reviewer.ts";

export interface AttestNodeOptions {
  readonly reviewer: TokenReviewer;
  readonly rules: AttestationRules;
  readonly clock: Clock;
  /** What a token is remembered by, so that none is kept. */
  readonly hash: (token: string) => string;
}

/** What the API server said stands for so long; a token that it no longer takes is taken here until then at most. */
const REMEMBER_MS = 60_000;

/** Finds out which node's agent a token stands for, asking the API server once a minute for each. */
export class AttestNode {
  readonly #options: AttestNodeOptions;
  readonly #known = new Map<string, { readonly attestation: Promise<Attestation>; readonly untilMs: number }>();

  constructor(options: AttestNodeOptions) {
    this.#options = options;
  }

  /** @throws when the API server cannot be asked */
  async attest(token: string | undefined): Promise<Attestation> {
    if (!token)
      return {
        kind: "refused",
        reason: "token-missing",
        detail: "the call carries no token (--token-file of the agent)",
      };
    const { reviewer, rules, clock, hash } = this.#options;
    const nowMs = clock.nowMs();
    this.#forgetOld(nowMs);
    const key = hash(token);
    const known = this.#known.get(key);
    if (known) return known.attestation;
    const attestation = reviewer.review(token, rules.audience).then((reviewed) => attest(reviewed, rules));
    this.#known.set(key, { attestation, untilMs: nowMs + REMEMBER_MS });
    // A refusal may be cured in the next moment, and an unanswered question says nothing.
    const forget = () => this.#known.delete(key);
    attestation.then(({ kind }) => kind === "refused" && forget(), forget);
    return attestation;
  }

  #forgetOld(nowMs: number): void {
    for (const [key, { untilMs }] of this.#known) {
      if (untilMs > nowMs) return;
      this.#known.delete(key);
    }
  }
}
