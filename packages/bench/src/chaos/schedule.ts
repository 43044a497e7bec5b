import { seededRandom } from "./random.ts";

/** Something that goes wrong, or that people do meanwhile. */
export type Trouble =
  /** STS throttles every call. */
  | { readonly kind: "sts-throttles"; readonly lastsMs: number }
  /** STS fails 30 % of calls. */
  | { readonly kind: "sts-errs"; readonly lastsMs: number }
  /** STS answers nothing; what waits is answered at its end. */
  | { readonly kind: "sts-hangs"; readonly lastsMs: number }
  /** A server dies with all its connections, and another comes. */
  | { readonly kind: "server-dies"; readonly server: number; readonly lastsMs: number }
  | { readonly kind: "agent-dies"; readonly node: number; readonly lastsMs: number }
  /** The network between agents and servers drops its connections. */
  | { readonly kind: "feeds-break" }
  | { readonly kind: "api-server-restarts"; readonly lastsMs: number }
  | { readonly kind: "watches-break" }
  /** Every resource version is too old: 410. */
  | { readonly kind: "history-is-lost" }
  /** A pod is deleted, and a new one of another role comes to its node. */
  | { readonly kind: "pod-is-replaced"; readonly pod: number; readonly role: number }
  | { readonly kind: "pod-changes-role"; readonly pod: number; readonly role: number };

export interface Happening {
  readonly atMs: number;
  readonly trouble: Trouble;
}

export interface ScheduleOptions {
  readonly seed: number;
  /** How long trouble goes on. */
  readonly minutes: number;
  readonly servers: number;
  readonly nodes: number;
  readonly pods: number;
  readonly roles: number;
}

const SECOND_MS = 1_000;
/** Between one trouble and the next, at most. */
const PAUSE_MS = 12 * SECOND_MS;

/** What happens and when, the same for the same seed. */
export function chaosSchedule({ seed, minutes, servers, nodes, pods, roles }: ScheduleOptions): readonly Happening[] {
  const random = seededRandom(seed);
  const between = (least: number, most: number) => Math.round(least + (most - least) * random());
  const oneOf = (count: number) => Math.floor(random() * count);
  const kinds: readonly (() => Trouble)[] = [
    () => ({ kind: "sts-throttles", lastsMs: between(5, 30) * SECOND_MS }),
    () => ({ kind: "sts-errs", lastsMs: between(10, 60) * SECOND_MS }),
    () => ({ kind: "sts-hangs", lastsMs: 5 * SECOND_MS }),
    () => ({ kind: "server-dies", server: oneOf(servers), lastsMs: between(1, 30) * SECOND_MS }),
    () => ({ kind: "agent-dies", node: oneOf(nodes), lastsMs: between(1, 10) * SECOND_MS }),
    () => ({ kind: "feeds-break" }),
    () => ({ kind: "api-server-restarts", lastsMs: between(1, 20) * SECOND_MS }),
    () => ({ kind: "watches-break" }),
    () => ({ kind: "history-is-lost" }),
    () => ({ kind: "pod-is-replaced", pod: oneOf(pods), role: oneOf(roles) }),
    () => ({ kind: "pod-changes-role", pod: oneOf(pods), role: oneOf(roles) }),
  ];
  const happenings: Happening[] = [];
  for (let atMs = between(1, 5) * SECOND_MS; atMs < minutes * 60 * SECOND_MS; atMs += between(500, PAUSE_MS)) {
    const kind = kinds[oneOf(kinds.length)];
    if (kind) happenings.push({ atMs, trouble: kind() });
  }
  return happenings;
}
