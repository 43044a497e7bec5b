import type { AssumeRoleForm } from "./assume-role-request.ts";
import { type Identity, isRoleSession } from "./identities.ts";
import { StsError } from "./sts-error.ts";

/** What a role's trust policy and settings ask for. */
export interface RoleSettings {
  /** The condition on `sts:ExternalId`. */
  readonly externalId?: string;
  /** `MaxSessionDuration`; an hour when absent, as for a new role. */
  readonly maxSessionSeconds?: number;
  /** Ends sessions so soon, whatever was asked for: what is past its end need not be waited for. AWS has no such setting. */
  readonly endsAfterSeconds?: number;
}

/** The roles and who may have them. */
export class Roles {
  readonly #settings = new Map<string, RoleSettings>();
  readonly #denied = new Set<string>();
  /** Whether a role that was never set can be assumed. */
  isOpen = true;

  set(roleArn: string, settings: RoleSettings): void {
    this.#settings.set(roleArn, settings);
  }

  /** Refuses a role to everybody with AccessDenied, until `allow`. */
  deny(roleArn: string): void {
    this.#denied.add(roleArn);
  }

  allow(roleArn: string): void {
    this.#denied.delete(roleArn);
  }

  /** Replaces what is denied. */
  setDenied(roleArns: readonly string[]): void {
    this.#denied.clear();
    for (const arn of roleArns) this.#denied.add(arn);
  }

  /** How long a session lasts that was asked for. */
  lifeSeconds({ roleArn, durationSeconds }: AssumeRoleForm): number {
    return this.#settings.get(roleArn)?.endsAfterSeconds ?? durationSeconds;
  }

  /** @throws StsError AccessDenied, or ValidationError for a session that is too long */
  check({ roleArn, externalId, durationSeconds }: AssumeRoleForm, caller: Identity): void {
    const settings = this.#settings.get(roleArn);
    const isTrusted = settings ? settings.externalId === undefined || settings.externalId === externalId : this.isOpen;
    if (!isTrusted || this.#denied.has(roleArn)) {
      throw new StsError(
        "AccessDenied",
        `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
      );
    }
    if (isRoleSession(caller) && durationSeconds > 3_600) {
      throw new StsError(
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
      );
    }
    if (durationSeconds > (settings?.maxSessionSeconds ?? 3_600)) {
      throw new StsError(
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
      );
    }
  }
}
