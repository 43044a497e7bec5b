import { type Authority, type AuthorityState, activeAuthority, type NewAuthority } from "./authority.ts";
import { BACKDATE_MS, type PkiSettings, successionMs, trustedAfterRetirementMs } from "./pki-settings.ts";

/** Why the authorities change; these words stand in the log and in a metric. */
export type AuthorityChange =
  /** There was none: a first install, or the Secret was lost. */
  | "first-made"
  /** None was valid by the clock: all servers were away for long, or the clock moved. */
  | "replaced"
  | "successor-made"
  | "successor-published"
  | "successor-activated"
  /** One that is valid signs instead of one that no longer is, or not yet. */
  | "promoted"
  | "removed"
  /** More than one was active: somebody edited the Secret. */
  | "disagreement-ended";

/** What is to be done now. Each step is one write; a leader may be lost before and after any. */
export type CycleStep =
  | { readonly kind: "make"; readonly as: "prepared" | "active"; readonly change: AuthorityChange }
  | { readonly kind: "write"; readonly state: AuthorityState; readonly change: AuthorityChange }
  | { readonly kind: "rest" };

interface Facts {
  readonly state: AuthorityState;
  readonly nowMs: number;
  readonly settings: PkiSettings;
  /** Whether the bundle that nodes read holds an authority right now. */
  readonly isPublished: (authority: Authority) => boolean;
}

type Rule = (facts: Facts) => CycleStep | undefined;

const oneIsActive: Rule = ({ state, nowMs }) => {
  const active = state.authorities.filter(({ phase }) => phase.kind === "active");
  if (active.length < 2) return undefined;
  const [last] = active.toSorted((one, other) => activeSinceMs(other) - activeSinceMs(one));
  return write(state, "disagreement-ended", (authority) =>
    authority.phase.kind === "active" && authority !== last ? retired(authority, nowMs) : authority,
  );
};

/** Without one that is valid nobody can connect: then distribution is not waited for. */
const theActiveIsValid: Rule = ({ state, nowMs, isPublished }) => {
  const active = activeAuthority(state);
  if (active && isValid(active, nowMs)) return undefined;
  const [best] = state.authorities
    .filter((authority) => authority !== active && isValid(authority, nowMs))
    .toSorted(
      (one, other) => Number(isPublished(other)) - Number(isPublished(one)) || other.notAfterMs - one.notAfterMs,
    );
  if (best) return write(state, "promoted", (authority) => handOver(authority, best, nowMs));
  return { kind: "make", as: "active", change: state.authorities.length === 0 ? "first-made" : "replaced" };
};

const theSuccessorIsValid: Rule = ({ state, nowMs }) => {
  const useless = state.authorities.find(({ phase, ...life }) => phase.kind === "prepared" && !isValid(life, nowMs));
  return useless && without(state, useless);
};

/** A time in the future is of a clock that has moved since; counting starts again. */
const theSuccessorIsPublished: Rule = ({ state, nowMs, isPublished }) => {
  const prepared = successor(state);
  if (!prepared || !isPublished(prepared)) return undefined;
  const { publishedAtMs } = prepared.phase;
  if (publishedAtMs !== undefined && publishedAtMs <= nowMs) return undefined;
  return write(state, "successor-published", (authority) =>
    authority === prepared ? { ...authority, phase: { kind: "prepared", publishedAtMs: nowMs } } : authority,
  );
};

const theSuccessorTakesOver: Rule = ({ state, nowMs, settings, isPublished }) => {
  const prepared = successor(state);
  const publishedAtMs = prepared?.phase.publishedAtMs;
  if (!prepared || publishedAtMs === undefined || nowMs < publishedAtMs + settings.spreadMs) return undefined;
  if (!isPublished(prepared)) return undefined;
  return write(state, "successor-activated", (authority) => handOver(authority, prepared, nowMs));
};

const theRetiredGo: Rule = ({ state, nowMs, settings }) => {
  const over = state.authorities.find((authority) => nowMs >= trustedUntilMs(authority, settings));
  return over && without(state, over);
};

const thereIsASuccessor: Rule = ({ state, nowMs, settings }) => {
  const active = activeAuthority(state);
  if (!active || successor(state) || nowMs < active.notAfterMs - successionMs(settings)) return undefined;
  return { kind: "make", as: "prepared", change: "successor-made" };
};

const RULES: readonly Rule[] = [
  oneIsActive,
  theActiveIsValid,
  theSuccessorIsValid,
  theSuccessorIsPublished,
  theSuccessorTakesOver,
  theRetiredGo,
  thereIsASuccessor,
];

/**
 * What the authorities need now: the first rule that is not kept. Safe to ask at any time, by anybody, after any loss: it
 * depends on what is written down and on nothing that a leader would have to remember.
 */
export function nextStep(facts: Facts): CycleStep {
  for (const rule of RULES) {
    const step = rule(facts);
    if (step) return step;
  }
  return { kind: "rest" };
}

/** The state with a new authority in it. One that is to be active takes over from whatever was. */
export function withNew(state: AuthorityState, made: NewAuthority, as: "prepared" | "active", nowMs: number) {
  const prepared: Authority = { ...made, phase: { kind: "prepared", publishedAtMs: undefined } };
  const authorities = [...state.authorities, prepared].map((authority) =>
    as === "active" ? handOver(authority, prepared, nowMs) : authority,
  );
  return { generation: state.generation + 1, authorities };
}

const isValid = ({ createdAtMs, notAfterMs }: Pick<Authority, "createdAtMs" | "notAfterMs">, nowMs: number): boolean =>
  createdAtMs - BACKDATE_MS <= nowMs && nowMs < notAfterMs;

type Successor = Authority & { readonly phase: Authority["phase"] & { readonly kind: "prepared" } };

const successor = ({ authorities }: AuthorityState): Successor | undefined =>
  authorities.find((authority): authority is Successor => authority.phase.kind === "prepared");

const activeSinceMs = ({ phase }: Authority): number => (phase.kind === "active" ? phase.sinceMs : 0);

const trustedUntilMs = ({ phase, notAfterMs }: Authority, settings: PkiSettings): number =>
  phase.kind === "retired"
    ? Math.min(notAfterMs, phase.sinceMs + trustedAfterRetirementMs(settings))
    : Number.POSITIVE_INFINITY;

/** Not before it began to sign: where the clock has moved back, certificates of a later time are about. */
const retired = (authority: Authority, nowMs: number): Authority => ({
  ...authority,
  phase: { kind: "retired", sinceMs: Math.max(nowMs, activeSinceMs(authority)) },
});

function handOver(authority: Authority, to: Authority, nowMs: number): Authority {
  if (authority === to) return { ...authority, phase: { kind: "active", sinceMs: nowMs } };
  return authority.phase.kind === "active" ? retired(authority, nowMs) : authority;
}

const write = (
  { generation, authorities }: AuthorityState,
  change: AuthorityChange,
  map: (authority: Authority) => Authority,
): CycleStep => ({ kind: "write", change, state: { generation: generation + 1, authorities: authorities.map(map) } });

const without = ({ generation, authorities }: AuthorityState, gone: Authority): CycleStep => ({
  kind: "write",
  change: "removed",
  state: { generation: generation + 1, authorities: authorities.filter((authority) => authority !== gone) },
});
