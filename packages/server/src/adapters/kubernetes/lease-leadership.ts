import type { Clock } from "@rolecall/common/time/clock";
import type { Leadership } from "../../application/ports/leadership.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";
import { NamedObject, type ObjectName, type VersionedObject } from "./named-object.ts";
import { fields, text } from "./object-fields.ts";

const KIND = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", plural: "leases" } as const;
/** A leader that has not renewed the Lease for so many of our looks is lost. By looks, since clocks differ and move. */
const LOOKS_UNTIL_LOST = 3;

export interface LeaseLeadershipOptions {
  readonly api: KubernetesApi;
  readonly name: ObjectName;
  /** This process among all servers that ever were. */
  readonly identity: string;
  readonly lookEveryMs: number;
  readonly clock: Clock;
}

/** Leadership by a Lease, as client-go's leader election keeps it, without its promise that there is but one. */
export class LeaseLeadership implements Leadership {
  readonly #options: LeaseLeadershipOptions;
  readonly #lease: NamedObject;
  #seenVersion: string | undefined;
  #unchangedLooks = 0;

  constructor(options: LeaseLeadershipOptions) {
    this.#options = options;
    this.#lease = new NamedObject(options.api, KIND, options.name);
  }

  async hold(signal: AbortSignal): Promise<boolean> {
    const lease = await this.#lease.read(signal);
    if (!lease) return this.#take(undefined, signal);
    const holder = text(fields(lease.object["spec"])["holderIdentity"]);
    if (holder === this.#options.identity || holder === undefined) return this.#take(lease, signal);
    this.#unchangedLooks = lease.version === this.#seenVersion ? this.#unchangedLooks + 1 : 0;
    this.#seenVersion = lease.version;
    return this.#unchangedLooks >= LOOKS_UNTIL_LOST && this.#take(lease, signal);
  }

  #take(lease: VersionedObject | undefined, signal: AbortSignal): Promise<boolean> {
    const { identity, lookEveryMs, clock } = this.#options;
    const before = fields(lease?.object["spec"]);
    const isMine = before["holderIdentity"] === identity;
    const transitions = before["leaseTransitions"];
    const now = new Date(clock.nowMs()).toISOString().replace("Z", "000Z");
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(1, Math.ceil((LOOKS_UNTIL_LOST * lookEveryMs) / 1_000)),
      acquireTime: isMine ? before["acquireTime"] : now,
      renewTime: now,
      leaseTransitions: typeof transitions === "number" ? transitions + (isMine ? 0 : 1) : 0,
    };
    return this.#lease.write({ spec }, lease?.version, signal);
  }
}
