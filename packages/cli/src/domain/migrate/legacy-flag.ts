import { parseSessionDuration } from "@rolecall/server/domain/role/session-duration";

/** The programs that are migrated from, by what each of their processes is. */
export type LegacyProcess = "kiam agent" | "kiam server" | "kube2iam";

/** What a flag of kiam or kube2iam becomes. The migration guide's tables and `rolecall migrate` are made from these. */
export interface LegacyFlag {
  /** Without dashes. */
  readonly name: string;
  /** True for a switch, which takes no value. */
  readonly isSwitch?: true;
  /** For people: where it went, or why it is not needed. */
  readonly becomes: string;
  /** The chart values that follow from what was set. */
  readonly values?: (text: string) => Readonly<Record<string, unknown>>;
  /** Set when a person has to decide something; the text says what. */
  readonly decide?: (text: string) => string | undefined;
}

/** One value of the chart, unchanged. */
export const as =
  (path: string) =>
  (text: string): Readonly<Record<string, unknown>> => ({ [path]: text });

export const none = "nothing; not needed";

/** Role chaining caps sessions at an hour, and STS gives none under a quarter. */
const isSession = (text: string) => parseSessionDuration(text, 3_600).kind === "valid";

/** The life of pods' sessions, under the name that each program has for it. */
export const sessionDuration = (name: string): LegacyFlag => ({
  name,
  becomes: "`aws.sessionDuration`, 15m to 1h; 1h is advised: SDKs refresh 15-minute sessions all the time",
  values: (text) => (isSession(text) ? { "aws.sessionDuration": text } : {}),
  decide: (text) =>
    isSession(text)
      ? undefined
      : `sessions are of 15m to 1h, as AWS has it for a role that assumes another; ${text} was asked for`,
});
