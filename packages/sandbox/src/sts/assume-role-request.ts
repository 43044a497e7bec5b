import { parseRoleArn, type RoleArn } from "./arn.ts";
import { StsError } from "./sts-error.ts";

/** The parameters of an AssumeRole call. */
export interface AssumeRoleForm {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly externalId?: string;
  readonly sourceIdentity?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
}

/** Reads a form without judging it; a missing text is empty and a missing duration the default of an hour. */
export function readAssumeRoleForm(form: URLSearchParams): AssumeRoleForm {
  const externalId = form.get("ExternalId");
  const sourceIdentity = form.get("SourceIdentity");
  return {
    roleArn: form.get("RoleArn") ?? "",
    sessionName: form.get("RoleSessionName") ?? "",
    durationSeconds: Number(form.get("DurationSeconds") ?? 3_600),
    ...(externalId === null ? {} : { externalId }),
    ...(sourceIdentity === null ? {} : { sourceIdentity }),
    tags: Object.fromEntries(readTags(form)),
    transitiveTagKeys: members(form, "TransitiveTagKeys").map(([, value]) => value),
  };
}

/** The fields of `Name.member.1`, `Name.member.2` …, in order. */
const members = (form: URLSearchParams, name: string, field = ""): readonly [index: string, value: string][] =>
  [...form]
    .map(([key, value]): [string | undefined, string] => [
      new RegExp(`^${name}\\.member\\.(\\d+)${field}$`).exec(key)?.[1],
      value,
    ])
    .filter((entry): entry is [string, string] => entry[0] !== undefined)
    .sort(([one], [other]) => Number(one) - Number(other));

const readTags = (form: URLSearchParams): readonly [key: string, value: string][] =>
  members(form, "Tags", "\\.Key").map(([index, key]) => [key, form.get(`Tags.member.${index}.Value`) ?? ""]);

interface Constraint {
  readonly parameter: string;
  readonly member: string;
  readonly isRequired?: boolean;
  /** What is wrong, in the words of STS. */
  readonly problem: (value: string) => string | undefined;
}

const length = (minimum: number, maximum: number, pattern?: string) => {
  const whole = new RegExp(`^${pattern}$`, "u");
  return (value: string): string | undefined => {
    if (value.length < minimum) return `Member must have length greater than or equal to ${minimum}`;
    if (value.length > maximum) return `Member must have length less than or equal to ${maximum}`;
    if (pattern && !whole.test(value)) return `Member must satisfy regular expression pattern: ${pattern}`;
    return undefined;
  };
};

function duration(value: string): string | undefined {
  const seconds = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isNaN(seconds)) return "Member must be an integer";
  if (seconds < 900) return "Member must have value greater than or equal to 900";
  if (seconds > 43_200) return "Member must have value less than or equal to 43200";
  return undefined;
}

/** Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, request parameters. */
const CONSTRAINTS: readonly Constraint[] = [
  { parameter: "RoleArn", member: "roleArn", isRequired: true, problem: length(20, 2_048) },
  {
    parameter: "RoleSessionName",
    member: "roleSessionName",
    isRequired: true,
    problem: length(2, 64, "[\\w+=,.@-]*"),
  },
  { parameter: "DurationSeconds", member: "durationSeconds", problem: duration },
  { parameter: "ExternalId", member: "externalId", problem: length(2, 1_224, "[\\w+=,.@:\\/-]*") },
  { parameter: "SourceIdentity", member: "sourceIdentity", problem: length(2, 64, "(?!aws:)[\\w+=,.@-]*") },
];

const TAG_TEXT = "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*";

/**
 * Checks a form as STS does before it looks at policies.
 *
 * @returns the role it names
 * @throws StsError ValidationError or InvalidParameterValue
 */
export function checkAssumeRoleForm(form: URLSearchParams): RoleArn {
  const problems = CONSTRAINTS.flatMap(({ parameter, member, isRequired, problem }) => {
    const value = form.get(parameter);
    if (value === null) return isRequired ? [constraint("null", member, "Member must not be null")] : [];
    const found = problem(value);
    return found === undefined ? [] : [constraint(`'${value}'`, member, found)];
  });
  problems.push(...tagProblems(readTags(form)));
  if (problems.length > 0) {
    const errors = problems.length === 1 ? "error" : "errors";
    throw new StsError("ValidationError", `${problems.length} validation ${errors} detected: ${problems.join("; ")}`);
  }
  const keys = readTags(form).map(([key]) => key.toLowerCase());
  if (new Set(keys).size < keys.length) {
    throw new StsError(
      "InvalidParameterValue",
      "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    );
  }
  const roleArn = form.get("RoleArn") ?? "";
  const role = parseRoleArn(roleArn);
  if (!role) throw new StsError("ValidationError", `${roleArn} is invalid`);
  return role;
}

function tagProblems(tags: readonly [key: string, value: string][]): readonly string[] {
  const problems = tags.flatMap(([key, value], index) => {
    const ofKey = length(1, 128, TAG_TEXT)(key);
    const ofValue = length(0, 256, TAG_TEXT)(value);
    return [
      ...(ofKey === undefined ? [] : [constraint(`'${key}'`, `tags.${index + 1}.member.key`, ofKey)]),
      ...(ofValue === undefined ? [] : [constraint(`'${value}'`, `tags.${index + 1}.member.value`, ofValue)]),
    ];
  });
  if (tags.length > 50) {
    problems.push(constraint(`'${tags.length} tags'`, "tags", "Member must have length less than or equal to 50"));
  }
  return problems;
}

const constraint = (value: string, member: string, problem: string): string =>
  `Value ${value} at '${member}' failed to satisfy constraint: ${problem}`;
