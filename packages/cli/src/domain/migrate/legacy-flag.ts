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
