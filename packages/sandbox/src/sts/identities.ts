import { randomBytes } from "node:crypto";
import { base32, type RoleArn, roleId, sessionArn } from "./arn.ts";
import { StsError } from "./sts-error.ts";

/** Who calls. */
export interface Identity {
  readonly arn: string;
  readonly userId: string;
  readonly accountId: string;
}

/** Long-lived keys, or a session from elsewhere, that STS is told of. */
export interface KnownKey {
  readonly arn: string;
  /** Checks signatures where it is given. */
  readonly secretAccessKey?: string;
}

export interface Session extends Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAtMs: number;
}

/** A caller together with what its signature can be checked with. */
export interface Caller extends Identity {
  readonly secretAccessKey?: string;
}

/** Whose an access key is. */
export class Identities {
  readonly #sessions = new Map<string, Session>();
  readonly #known = new Map<string, KnownKey>();
  readonly #baseArn: string;

  /** @param baseArn who any key is that does not look like a session's */
  constructor(baseArn: string) {
    this.#baseArn = baseArn;
  }

  /** Tells STS of a key. */
  add(accessKeyId: string, key: KnownKey): void {
    this.#known.set(accessKeyId, key);
  }

  /** The session that an access key is of, whether or not its time is over. */
  session(accessKeyId: string): Session | undefined {
    return this.#sessions.get(accessKeyId);
  }

  openSession(roleArn: string, role: RoleArn, sessionName: string, expiresAtMs: number): Session {
    const session = {
      arn: sessionArn(role, sessionName),
      userId: `${roleId(roleArn)}:${sessionName}`,
      accountId: role.accountId,
      accessKeyId: `ASIA${base32(randomBytes(16))}`,
      secretAccessKey: randomBytes(30).toString("base64"),
      // Real ones begin like this and are some hundreds of characters long.
      sessionToken: `IQoJb3JpZ2luX2Vj${randomBytes(360).toString("base64")}`,
      expiresAtMs,
    };
    this.#sessions.set(session.accessKeyId, session);
    return session;
  }

  /**
   * @throws StsError InvalidClientTokenId for a session's key that is unknown or has not its token, ExpiredToken for one
   *   whose time is over
   */
  resolve(accessKeyId: string, sessionToken: string | undefined, nowMs: number): Caller {
    const session = this.#sessions.get(accessKeyId);
    if (session) {
      if (session.sessionToken !== sessionToken) throw new StsError("InvalidClientTokenId");
      if (session.expiresAtMs <= nowMs) throw new StsError("ExpiredToken");
      return session;
    }
    const known = this.#known.get(accessKeyId);
    if (known) return { ...identityOf(known.arn), ...known };
    if (accessKeyId.startsWith("ASIA")) throw new StsError("InvalidClientTokenId");
    return identityOf(this.#baseArn);
  }
}

/** Whether the caller is a role's session: then what it assumes lasts an hour at most. */
export const isRoleSession = ({ arn }: Identity): boolean => /^arn:[^:]+:sts::\d+:assumed-role\//.test(arn);

function identityOf(arn: string): Identity {
  const [, , , , accountId = "", resource = ""] = arn.split(":");
  const [type, name = "", sessionName = ""] = resource.split("/");
  return {
    arn,
    accountId,
    userId: type === "assumed-role" ? `${roleId(name)}:${sessionName}` : `AIDA${roleId(arn).slice(4)}`,
  };
}
