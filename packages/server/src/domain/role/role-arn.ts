import { malformed, type Parsed, quoted, valid } from "./parsed.ts";

declare const brand: unique symbol;

/** A well-formed ARN of an IAM role: `arn:<partition>:iam::<account>:role/<path/>name`. */
export type RoleArn = string & { readonly [brand]: "RoleArn" };

/** The longest RoleArn that AssumeRole takes (STS API reference). */
export const MAX_ROLE_ARN_LENGTH = 2_048;

const FORM = "arn:<partition>:iam::<12-digit account>:role/<path/>name";
const PARTITION = /^aws(-[a-z0-9]+)*$/;
const ACCOUNT_ID = /^\d{12}$/;
const ROLE_NAME = /^[\w+=,.@-]{1,64}$/;
const MAX_PATH_LENGTH = 512;

/**
 * Reads a role's ARN, of any partition. The limits are those of the IAM and STS API references, but for an empty path
 * segment, which is refused as the slip of the pen it is.
 */
export function parseRoleArn(text: string): Parsed<RoleArn> {
  const problem = textProblem(text) ?? arnProblem(text);
  return problem === undefined ? valid(text as RoleArn) : malformed(problem);
}

/** What no form of a role may be, by its characters alone; undefined when nothing is wrong. */
export function textProblem(text: string): string | undefined {
  if (text === "") return "must name a role, but is empty";
  if (text.length > MAX_ROLE_ARN_LENGTH) return `must be at most ${MAX_ROLE_ARN_LENGTH} characters long`;
  const position = text.search(/[^\x21-\x7e]/);
  if (position < 0) return undefined;
  const code = text.codePointAt(position)?.toString(16).toUpperCase().padStart(4, "0");
  return `must be printable ASCII without spaces, but character ${position + 1} is U+${code}`;
}

function arnProblem(text: string): string | undefined {
  const [arn, partition, service, region, account, ...rest] = text.split(":");
  const resource = rest.join(":");
  if (arn !== "arn" || rest.length === 0) return `must have the form ${FORM}, but is ${quoted(text)}`;
  if (service === "sts" && resource.startsWith("assumed-role/")) {
    return `must be the ARN of a role, but ${quoted(text)} is that of one of its sessions; write ${FORM}`;
  }
  if (service !== "iam") return `must be an ARN of the service iam, not ${quoted(service ?? "")}`;
  if (region !== "") return `must have no region, but has ${quoted(region ?? "")}; write ${FORM}`;
  const owner = ownerProblem(partition ?? "", account ?? "");
  if (owner !== undefined) return owner;
  if (!resource.startsWith("role/")) return `must be the ARN of a role (…:role/name), not of ${quoted(resource)}`;
  const slash = resource.lastIndexOf("/");
  return pathProblem(resource.slice("role".length, slash + 1)) ?? nameProblem(resource.slice(slash + 1));
}

/** What is wrong with the partition and account of an ARN; undefined when nothing is. */
export function ownerProblem(partition: string, account: string): string | undefined {
  if (!PARTITION.test(partition)) return `must have a partition such as aws or aws-cn, not ${quoted(partition)}`;
  if (!ACCOUNT_ID.test(account)) return `must have an account of 12 digits, not ${quoted(account)}`;
  return undefined;
}

/** What is wrong with a role's path, its first and last slash included; undefined when nothing is. */
export function pathProblem(path: string): string | undefined {
  if (path.length > MAX_PATH_LENGTH) return `must have a path of at most ${MAX_PATH_LENGTH} characters`;
  if (path.includes("//")) return `must have no empty segment in its path ${quoted(path)}`;
  return undefined;
}

function nameProblem(name: string): string | undefined {
  if (name === "") return "must name a role after its last slash";
  if (ROLE_NAME.test(name)) return undefined;
  return `must have a role name of 1 to 64 letters, digits and _+=,.@-, not ${quoted(name)}`;
}

/** The last segment of the role's path: what the metadata service lists. */
export const roleName = (arn: RoleArn): string => arn.slice(arn.lastIndexOf("/") + 1);

export const partition = (arn: RoleArn): string => arn.split(":", 2)[1] as string;

/** The account that owns the role. */
export const accountId = (arn: RoleArn): string => arn.split(":", 5)[4] as string;
