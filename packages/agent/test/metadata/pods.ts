import type { PodStandings } from "../../src/application/ports/pod-standings.ts";
import type { Credentials } from "../../src/domain/credentials/credentials.ts";
import type { GrantedRole, Standing } from "../../src/domain/credentials/standing.ts";
import { HOUR_MS } from "../support/makers.ts";

/** Who owns which address, as the test says. */
export class FakeStandings implements PodStandings {
  readonly #standings = new Map<string, Standing>();
  readonly #listeners = new Set<() => void>();

  at(address: string): Standing {
    return this.#standings.get(address) ?? { kind: "unknown-address" };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  set(address: string, standing: Standing): void {
    this.#standings.set(address, standing);
    for (const listener of this.#listeners) listener();
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}

export const aRole = (name: string, path = ""): GrantedRole => ({
  name,
  arn: `arn:aws:iam::123456789012:role/${path}${name}`,
});

/** Credentials whose every secret holds `owner`, so that a leak names its source. */
export const credentialsOf = (owner: string, receivedAtMs: number, lifeMs = HOUR_MS): Credentials => ({
  accessKeyId: `ASIA${owner.toUpperCase()}`,
  secretAccessKey: `secret-key-of-${owner}`,
  sessionToken: `session-token-of-${owner}`,
  receivedAtMs,
  expiresAtMs: receivedAtMs + lifeMs,
  accountId: "123456789012",
});

export const aReadyPod = (podUid: string, role: GrantedRole, nowMs: number): Standing & { kind: "ready" } => ({
  kind: "ready",
  podUid,
  role,
  credentials: credentialsOf(podUid, nowMs),
});
