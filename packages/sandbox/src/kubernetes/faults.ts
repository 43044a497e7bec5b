import { Gate } from "../control/gate.ts";
import type { Resource } from "./resources.ts";

/** Which requests a fault hits; what is left out matches everything. */
export interface RequestMatch {
  readonly verb?: Verb;
  /** Plural: `pods`, `tokenreviews`. */
  readonly resource?: string;
}

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete";

/** An HTTP status with a metav1 Status that fits. */
export interface StatusFailure extends RequestMatch {
  readonly status: number;
  readonly message?: string;
  /** How many requests fail; one when absent. */
  readonly times?: number;
  /** A `Retry-After` header. */
  readonly retryAfterSeconds?: number;
}

/** A connection that is reset before the answer. */
export interface ResetFailure extends RequestMatch {
  readonly status: "reset";
  readonly times?: number;
}

export type Failure = StatusFailure | ResetFailure;

/** How single requests misbehave. */
export class Faults {
  readonly #failures: { readonly failure: Failure; left: number }[] = [];
  readonly #hangs: { readonly match: RequestMatch; readonly gate: Gate }[] = [];

  failNext(failure: Failure): void {
    this.#failures.push({ failure, left: failure.times ?? 1 });
  }

  /**
   * Leaves matching requests without an answer.
   *
   * @returns lets those that wait go on, and ends the fault
   */
  hang(match: RequestMatch = {}): () => void {
    const hang = { match, gate: new Gate() };
    hang.gate.shut();
    this.#hangs.push(hang);
    return () => {
      this.#hangs.splice(this.#hangs.indexOf(hang), 1);
      hang.gate.open();
    };
  }

  /** Ends all faults. */
  clear(): void {
    this.#failures.length = 0;
    for (const { gate } of this.#hangs.splice(0)) gate.open();
  }

  /** Waits for as long as the request hangs. */
  async pass(verb: Verb, { plural }: Pick<Resource, "plural">): Promise<void> {
    for (const { match, gate } of [...this.#hangs]) if (hits(match, verb, plural)) await gate.pass();
  }

  /** The failure that hits this request, used up by it. */
  take(verb: Verb, { plural }: Pick<Resource, "plural">): Failure | undefined {
    const index = this.#failures.findIndex(({ failure }) => hits(failure, verb, plural));
    const found = this.#failures[index];
    if (!found) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.#failures.splice(index, 1);
    return found.failure;
  }
}

const hits = (match: RequestMatch, verb: Verb, plural: string): boolean =>
  (match.verb ?? verb) === verb && (match.resource ?? plural) === plural;
