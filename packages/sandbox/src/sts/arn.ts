import { createHash } from "node:crypto";

export interface RoleArn {
  readonly partition: string;
  readonly accountId: string;
  /** The last segment of the path. */
  readonly roleName: string;
}

/** @returns undefined for what is no ARN of a role */
export function parseRoleArn(arn: string): RoleArn | undefined {
  const match = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/(?:[\x21-\x7e]*\/)?([\w+=,.@-]{1,64})$/.exec(arn);
  if (!match) return undefined;
  const [, partition = "", accountId = "", roleName = ""] = match;
  return { partition, accountId, roleName };
}

/** The ARN of a role's session, which does not show the role's path. */
export const sessionArn = ({ partition, accountId, roleName }: RoleArn, sessionName: string): string =>
  `arn:${partition}:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Letters and digits as in AWS identifiers, one of each octet. */
export const base32 = (octets: Uint8Array): string => Array.from(octets, (octet) => BASE32[octet % 32]).join("");

/** The role's unique ID: always the same for the same ARN. */
export const roleId = (arn: string): string =>
  `AROA${base32(createHash("sha256").update(arn).digest().subarray(0, 17))}`;
