import type { RunningAgent } from "@rolecall/sandbox/system/processes";
import { askForCredentials } from "./ask.ts";
import { Judge, type Judgement } from "./judge.ts";
import { type Pod, Pods, roleName } from "./pods.ts";
import { seededRandom } from "./random.ts";
import { chaosSchedule } from "./schedule.ts";
import { Troubles } from "./troubles.ts";
import { World } from "./world.ts";

export interface ChaosOptions {
  readonly seed: number;
  /** Of trouble, in the time of the sandbox. */
  readonly minutes: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface RequestCounts {
  readonly answered: number;
  /** With no credentials at hand that lived, but for those that violations list. */
  readonly refused: number;
  /** Of those refused: while some were on their way, which came within {@link WAY_MS}. */
  readonly refusedUnderWay: number;
  /** Of those refused: while a server held some, and none fed the agent, or none learnt from the Kubernetes API of the pod. */
  readonly refusedOutOfReach: number;
  /** While the agent was dead. */
  readonly unreachable: number;
}

export interface ChaosReport {
  readonly troubles: Readonly<Record<string, number>>;
  readonly requests: RequestCounts;
  readonly assumeRoleCalls: number;
  readonly violations: readonly Judgement[];
  /** Pods that still had nothing ten minutes after the last trouble. */
  readonly unhealed: readonly string[];
}

const SIZE = { servers: 2, nodes: 3, pods: 12, roles: 6 } as const;
const ROUND_MS = 5_000;
/**
 * For so long what a server holds may be on its way to an agent that is fed before a refusal is a wrong one: two seconds
 * between two questions to the other servers, and the call.
 */
const WAY_MS = 3_000;
const HEALING_MS = 10 * 60_000;

/** Makes trouble by a seed for so many minutes, while every pod asks for its credentials every five seconds. */
export async function runChaos({ seed, minutes, say, signal }: ChaosOptions): Promise<ChaosReport> {
  const random = seededRandom(seed ^ 0x5eed);
  const world = await World.create({ ...SIZE, random });
  try {
    const pods = new Pods(world);
    for (let index = 0; index < SIZE.pods; index += 1) pods.add(index % SIZE.nodes, roleName(index % SIZE.roles));
    const run = new Run(world, pods, say);
    await run.untilAllAnswer(HEALING_MS);

    const troubles = new Troubles(world, pods, random);
    const startedAtMs = world.nowMs;
    const schedule = [...chaosSchedule({ seed, minutes, ...SIZE })];
    while ((schedule.length > 0 || !troubles.isOver) && !signal.aborted) {
      await troubles.endDue();
      while (schedule[0] && schedule[0].atMs <= world.nowMs - startedAtMs) {
        const { trouble, atMs } = schedule.shift() as (typeof schedule)[number];
        say(`${Math.round(atMs / 1_000)} s: ${JSON.stringify(trouble)}`);
        await troubles.begin(trouble);
      }
      await world.pass(ROUND_MS);
      await run.askAll();
    }
    const unhealed = signal.aborted ? [] : await run.untilAllAnswer(HEALING_MS);
    return {
      troubles: Object.fromEntries(troubles.counts),
      requests: run.requests,
      assumeRoleCalls: world.sandbox.sts.countAssumeRole(),
      violations: run.violations,
      unhealed,
    };
  } finally {
    await world.stop();
  }
}

class Run {
  readonly requests = { answered: 0, refused: 0, refusedUnderWay: 0, refusedOutOfReach: 0, unreachable: 0 };
  readonly violations: Judgement[] = [];
  readonly #world: World;
  readonly #pods: Pods;
  readonly #judge: Judge;
  readonly #say: (line: string) => void;

  constructor(world: World, pods: Pods, say: (line: string) => void) {
    this.#world = world;
    this.#pods = pods;
    this.#judge = new Judge(world);
    this.#say = say;
  }

  /** @returns the pods that had credentials */
  async askAll(): Promise<ReadonlySet<Pod>> {
    const answered = new Set<Pod>();
    await this.#world.during(
      Promise.all(this.#pods.all.map(async (pod) => (await this.#ask(pod)) && answered.add(pod))),
    );
    return answered;
  }

  /** @returns the names of the pods that had nothing even after all this time */
  async untilAllAnswer(limitMs: number): Promise<readonly string[]> {
    const endMs = this.#world.nowMs + limitMs;
    for (;;) {
      const answered = await this.askAll();
      const missing = this.#pods.all.filter((pod) => !answered.has(pod)).map(({ name }) => name);
      if (missing.length === 0 || this.#world.nowMs >= endMs) return missing;
      await this.#world.pass(ROUND_MS);
    }
  }

  /** One pod's try, judged. @returns whether it had credentials */
  async #ask(pod: Pod): Promise<boolean> {
    const agent = this.#world.agent(pod.node);
    if (!agent) {
      this.requests.unreachable += 1;
      return false;
    }
    const wasHeld = this.#judge.isHeldByAgent(pod, agent);
    const askedAtMs = this.#world.nowMs;
    const asked = await askForCredentials(pod.ip, agent.metadataPort);
    if (asked.kind === "credentials") {
      this.requests.answered += 1;
      this.#found(this.#judge.answered(pod, agent, asked, askedAtMs));
      return true;
    }
    this.requests[asked.kind] += 1;
    const status = asked.kind === "refused" ? asked.status : asked.kind;
    const who = `${pod.name} of ${pod.roles.join(", formerly ")} on ${pod.node + 1} was refused (${status})`;
    if (wasHeld && this.#judge.isHeldByAgent(pod, agent)) {
      this.#found({ violation: "refused-with-credentials-at-hand", detail: `${who}, which its agent held` });
    } else if (await this.#isWithheld(pod, agent)) {
      this.#found({ violation: "refused-with-credentials-at-hand", detail: `${who}, which a server held` });
    }
    return false;
  }

  /** Whether credentials that a server holds for the pod do not come to it for longer than they may be on their way. */
  async #isWithheld(pod: Pod, agent: RunningAgent): Promise<boolean> {
    const sinceMs = this.#world.nowMs;
    for (;;) {
      const way = await this.#judge.wayTo(pod, agent);
      if (!way) return false;
      if (way === "not-fed" || (way === "not-granted" && !this.#world.hasApiServer)) {
        this.requests.refusedOutOfReach += 1;
        return false;
      }
      if (this.#world.nowMs - sinceMs > WAY_MS) return true;
      const { kind } = await askForCredentials(pod.ip, agent.metadataPort);
      if (kind === "credentials") this.requests.refusedUnderWay += 1;
      if (kind !== "refused") return false;
    }
  }

  #found(judgement: Judgement | undefined): void {
    if (!judgement) return;
    this.violations.push(judgement);
    this.#say(`VIOLATION ${judgement.violation}: ${judgement.detail}`);
  }
}
