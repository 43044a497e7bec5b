import type { Credentials } from "../credentials/credentials.ts";
import type { GrantedRole } from "../credentials/standing.ts";

/**
 * How much earlier than STS we say that credentials end. Go's SDK has no early refresh and extends dead credentials by 5
 * to 15 minutes; with this margin such use falls inside their real life.
 */
const EXPIRATION_MARGIN_MS = 5 * 60_000;

/**
 * The end of life to tell a client: the true one less the margin. In the margin itself the true end, since a client that
 * is handed an expired credential believes it for minutes, and a valid one beats an error.
 *
 * @returns milliseconds since 1970, later than `nowMs`; undefined when the credentials have really ended
 */
export function handedOutExpirationMs({ expiresAtMs }: Credentials, nowMs: number): number | undefined {
  const wholeSecond = (ms: number) => Math.floor(ms / 1_000) * 1_000;
  const early = wholeSecond(expiresAtMs - EXPIRATION_MARGIN_MS);
  if (early > nowMs) return early;
  const last = wholeSecond(expiresAtMs);
  return last > nowMs ? last : undefined;
}

/** `YYYY-MM-DDTHH:MM:SSZ`: Go and Rust refuse `+0000`, and botocore skips its expiry logic on fractions. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/**
 * The body below `security-credentials/<role>`. Go, PHP and minio-go refuse it without `Code`; the keys are exact, as
 * botocore, JavaScript and Java compare them with case.
 *
 * @param expirationMs from {@link handedOutExpirationMs}
 */
export function credentialsDocument(credentials: Credentials, expirationMs: number): string {
  const last = lastDocument.get(credentials);
  if (last?.expirationMs === expirationMs) return last.body;
  const body = document(credentialFields(credentials, expirationMs));
  lastDocument.set(credentials, { expirationMs, body });
  return body;
}

/** Every pod of a role is answered with the same body for half an hour. */
const lastDocument = new WeakMap<Credentials, { readonly expirationMs: number; readonly body: string }>();

/** The body below `security-credentials-extended/<role>`: with the account. */
export function extendedCredentialsDocument(credentials: Credentials, expirationMs: number): string {
  return document([...credentialFields(credentials, expirationMs), ["AccountId", credentials.accountId]]);
}

type Field = readonly [key: string, value: string];

const credentialFields = (credentials: Credentials, expirationMs: number): readonly Field[] => [
  ["Code", "Success"],
  ["LastUpdated", timestamp(credentials.receivedAtMs)],
  ["Type", "AWS-HMAC"],
  ["AccessKeyId", credentials.accessKeyId],
  ["SecretAccessKey", credentials.secretAccessKey],
  ["Token", credentials.sessionToken],
  ["Expiration", timestamp(expirationMs)],
];

/** Bodies are one character a byte. */
const asciiJson = (value: string): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** As EC2 spaces it: one `"Key" : "Value"` a line. */
const document = (fields: readonly Field[]): string =>
  `{\n${fields.map(([key, value]) => `  "${key}" : ${asciiJson(value)}`).join(",\n")}\n}`;

/**
 * The body of `iam/info`, made up for the pod's role: there is no instance profile, and the node's would name its role.
 * The identifier has the form of one and tells nothing; no client reads it.
 */
export function iamInfoDocument(role: GrantedRole, credentials: Credentials): string {
  const partition = role.arn.split(":")[1] ?? "aws";
  return document([
    ["Code", "Success"],
    ["LastUpdated", timestamp(credentials.receivedAtMs)],
    ["InstanceProfileArn", `arn:${partition}:iam::${credentials.accountId}:instance-profile/${role.name}`],
    ["InstanceProfileId", `AIPA${credentials.accountId}ROLEC`],
  ]);
}

export const IAM_DIRECTORY_LISTING = "info\nsecurity-credentials/";

/** The versions EC2 lists, oldest first. */
export const VERSION_LISTING = [
  "1.0",
  "2007-01-19",
  "2007-03-01",
  "2007-08-29",
  "2007-10-10",
  "2007-12-15",
  "2008-02-01",
  "2008-09-01",
  "2009-04-04",
  "2011-01-01",
  "2011-05-01",
  "2012-01-12",
  "2014-02-25",
  "2014-11-05",
  "2015-10-20",
  "2016-04-19",
  "2016-06-30",
  "2016-09-02",
  "2018-03-28",
  "2018-08-17",
  "2018-09-24",
  "2019-10-01",
  "2020-10-27",
  "2021-01-03",
  "2021-03-23",
  "2021-07-15",
  "2022-09-24",
  "latest",
].join("\n");

/**
 * Whether a client that asks for `requested` means the pod's role: by its name as listed, with its path, or as the full
 * ARN that an annotation may have been written with.
 */
export function namesRole(requested: string, role: GrantedRole): boolean {
  return requested === role.name || requested === role.arn || role.arn.endsWith(`:role/${requested}`);
}
