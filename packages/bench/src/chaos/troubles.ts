import { type Pods, roleName } from "./pods.ts";
import type { Trouble } from "./schedule.ts";
import type { World } from "./world.ts";

const ERRING_SHARE = 0.3;

/** Makes trouble, and ends it when its time is over. */
export class Troubles {
  readonly #world: World;
  readonly #pods: Pods;
  readonly #random: () => number;
  readonly #ends: { readonly atMs: number; readonly end: () => void | Promise<void> }[] = [];
  readonly counts = new Map<Trouble["kind"], number>();

  constructor(world: World, pods: Pods, random: () => number) {
    this.#world = world;
    this.#pods = pods;
    this.#random = random;
  }

  async begin(trouble: Trouble): Promise<void> {
    this.counts.set(trouble.kind, (this.counts.get(trouble.kind) ?? 0) + 1);
    const end = await this.#make(trouble);
    if (end && "lastsMs" in trouble) this.#ends.push({ atMs: this.#world.nowMs + trouble.lastsMs, end });
  }

  /** Ends what has lasted long enough. */
  async endDue(): Promise<void> {
    for (const due of this.#ends.filter(({ atMs }) => atMs <= this.#world.nowMs)) {
      this.#ends.splice(this.#ends.indexOf(due), 1);
      await due.end();
    }
  }

  get isOver(): boolean {
    return this.#ends.length === 0;
  }

  async #make(trouble: Trouble): Promise<(() => void | Promise<void>) | undefined> {
    const { kubernetes, sts } = this.#world.sandbox;
    switch (trouble.kind) {
      case "sts-throttles":
        return sts.faults.throttle();
      case "sts-errs":
        return sts.faults.failSome({ share: ERRING_SHARE, code: "InternalFailure", random: this.#random });
      case "sts-hangs":
        return sts.faults.hang();
      case "server-dies":
        this.#world.killServer(trouble.server);
        return () => this.#world.startServer(trouble.server);
      case "agent-dies":
        this.#world.killAgent(trouble.node);
        return () => this.#world.startAgent(trouble.node);
      case "feeds-break":
        this.#world.breakFeeds();
        return undefined;
      case "api-server-restarts":
        await this.#world.stopApiServer();
        return () => this.#world.startApiServer();
      case "watches-break":
        kubernetes.watches.cut("reset");
        return undefined;
      case "history-is-lost":
        kubernetes.compact();
        kubernetes.watches.fail();
        return undefined;
      case "pod-is-replaced":
        this.#pods.replace(trouble.pod, roleName(trouble.role));
        return undefined;
      case "pod-changes-role":
        this.#pods.changeRole(trouble.pod, roleName(trouble.role));
        return undefined;
    }
  }
}
