import type { Clock } from "@rolecall/common/time/clock";
import type { AuditLog, HandOut } from "../../application/ports/audit-log.ts";

/** The trail as JSON lines. Fields are only ever added; docs/logs.md lists them. */
export class AuditLines implements AuditLog {
  readonly #write: (line: string) => void;
  readonly #clock: Clock;

  constructor(write: (line: string) => void, clock: Clock) {
    this.#write = write;
    this.#clock = clock;
  }

  write({ node, pods, assumption, expiresAtMs, stsRequestId }: HandOut): void {
    const { roleArn, sessionName, externalId, durationSeconds } = assumption;
    this.#write(
      JSON.stringify({
        time: iso(this.#clock.nowMs()),
        audit: "credentials-handed-out",
        node,
        pods,
        roleArn,
        sessionName,
        hasExternalId: externalId !== undefined,
        durationSeconds,
        expiration: iso(expiresAtMs),
        stsRequestId,
      }),
    );
  }
}

const iso = (atMs: number): string => new Date(atMs).toISOString();
