import { errorMessage } from "@rolecall/common/errors/error-message";
import { runTogether, type Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import type { AgentTarget } from "../domain/interception/agent-target.ts";
import { decideHandover, type Owner } from "../domain/interception/handover.ts";
import type { Lead } from "./lead.ts";
import type { AgentProbe } from "./ports/agent-probe.ts";
import type { Published } from "./ports/exchange.ts";
import type { Owned, Ownership } from "./ports/ownership.ts";

export interface HandOverOptions {
  readonly targets: Published<AgentTarget>;
  readonly ownership: Ownership;
  readonly probe: AgentProbe;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Between two looks while the rules are another's: what an owner that dies costs its pods is twice this. */
const LOOK_MS = 250;
/** Between two looks while they are this keeper's own. */
const OWN_LOOK_MS = 1_000;

/** Leads the node's pods to this keeper's agent when its time has come, and no longer than until another's has. */
export class HandOver implements Lead {
  readonly #options: HandOverOptions;
  readonly #listeners = new Set<() => void>();
  #own: AgentTarget | undefined;
  #target: AgentTarget | undefined;
  #because = "this keeper's agent does not listen yet";
  #silent: { readonly instance: string; readonly times: number } | undefined;
  #wake = () => {};

  constructor(options: HandOverOptions) {
    this.#options = options;
  }

  /** Where the rules lead by this keeper's hand; undefined while they are another's. */
  get target(): AgentTarget | undefined {
    return this.#target;
  }

  /** Why the rules do not lead to this keeper's agent. */
  get standsBy(): string | undefined {
    return this.#target ? undefined : this.#because;
  }

  /** Asked right before rules are written: another keeper may have taken over a moment ago. */
  isStillOurs(): boolean {
    return this.#target !== undefined && this.#options.ownership.current().owner?.instance === this.#target.instance;
  }

  /** Whether the rules lead to that run of an agent, by this keeper's hand or, since a moment ago, by another's. */
  leadsTo(instance: string): boolean {
    return instance === this.#target?.instance || instance === this.#options.ownership.current().owner?.instance;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  readonly run: Task = (signal) =>
    runTogether(signal, [
      (stopping) =>
        this.#options.targets.follow((target) => {
          this.#own = target;
          this.#wake();
        }, stopping),
      (stopping) => this.#decideUntil(stopping),
    ]);

  async #decideUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const news = new AbortController();
      this.#wake = () => news.abort();
      await this.#look();
      const untilMs = this.#target ? OWN_LOOK_MS : LOOK_MS;
      await sleep(this.#options.clock, untilMs, AbortSignal.any([signal, news.signal]));
    }
  }

  async #look(): Promise<void> {
    const { ownership, logger } = this.#options;
    const own = this.#own;
    const owned = ownership.current();
    const decision = decideHandover({ own, ...(await this.#probe(own, owned)), owner: owned.owner });
    switch (decision.kind) {
      case "keep":
        this.#lead(own);
        return;
      case "take":
        if (!own || !this.#claim(own, owned)) return;
        logger.info(
          { instance: own.instance, port: own.port, from: owned.owner?.instance, because: decision.because },
          "the kernel rules are to lead to this keeper's agent",
        );
        this.#lead(own);
        return;
      case "stand-by":
        if (this.#because !== decision.because || this.#target) {
          logger.info({ because: decision.because }, "this keeper stands by");
          this.#because = decision.because;
        }
        this.#lead(undefined);
    }
  }

  async #probe(
    own: AgentTarget | undefined,
    { owner }: Owned,
  ): Promise<{ ownAnswers: boolean; ownerSilences: number }> {
    const { probe } = this.#options;
    if (!own || owner?.instance === own.instance) {
      this.#silent = undefined;
      return { ownAnswers: false, ownerSilences: 0 };
    }
    const [ownAnswers, ownerAccepts] = await Promise.all([
      probe.answers(own.port),
      owner === undefined || probe.accepts(owner.port),
    ]);
    this.#silent =
      owner && !ownerAccepts
        ? { instance: owner.instance, times: this.#silent?.instance === owner.instance ? this.#silent.times + 1 : 1 }
        : undefined;
    return { ownAnswers, ownerSilences: this.#silent?.times ?? 0 };
  }

  #claim(own: AgentTarget, { generation }: Owned): boolean {
    const { instance, startedAtMs, port, containerPort } = own;
    const owner: Owner = { instance, startedAtMs, port, ...(containerPort !== undefined && { containerPort }) };
    try {
      return this.#options.ownership.claim(generation, owner);
    } catch (error) {
      const because = `the owner of the rules cannot be written down: ${errorMessage(error)}; make --state-dir writable`;
      if (this.#because !== because) this.#options.logger.error({ err: error }, "this keeper cannot take the rules");
      this.#because = because;
      return false;
    }
  }

  #lead(target: AgentTarget | undefined): void {
    const [before, after] = [this.#target, target].map((one) =>
      JSON.stringify([one?.instance, one?.port, one?.containerPort]),
    );
    this.#target = target;
    if (before !== after) for (const listener of this.#listeners) listener();
  }
}
