import { type Assumption, assumptionKey } from "../domain/credentials/assumption.ts";
import type { Credentials } from "../domain/credentials/credentials.ts";
import type { Pod } from "../domain/pod/pod.ts";
import { fnv1a } from "../domain/role/fnv1a.ts";
import type { AuditLog } from "./ports/audit-log.ts";

/** Hears which credentials go to which node for which of its pods. */
export interface HandOuts {
  handedOut(node: string, pods: readonly Pod[], assumption: Assumption, credentials: Credentials): void;
}

/** Where no trail is kept. */
export const NO_AUDIT: HandOuts = { handedOut: () => {} };

/** Keeps the trail: a line for each issuance and node, and not again when a node connects anew and is told the same. */
export class AuditHandOuts implements HandOuts {
  readonly #log: AuditLog;
  /** A hash of what each pod was last given. */
  readonly #given = new Map<string, string>();

  constructor(log: AuditLog) {
    this.#log = log;
  }

  handedOut(node: string, pods: readonly Pod[], assumption: Assumption, credentials: Credentials): void {
    const { expiresAtMs, stsRequestId } = credentials;
    const issuance = fnv1a(`${assumptionKey(assumption)} ${expiresAtMs}`);
    const news = pods.filter(({ uid }) => this.#given.get(uid) !== issuance);
    if (news.length === 0) return;
    for (const { uid } of news) this.#given.set(uid, issuance);
    this.#log.write({
      node,
      pods: news.map(({ uid, namespace, name }) => ({ uid, namespace, name })),
      assumption,
      expiresAtMs,
      stsRequestId,
    });
  }

  /** The pod is gone: nothing more is remembered of it. */
  forget(podUid: string): void {
    this.#given.delete(podUid);
  }
}
