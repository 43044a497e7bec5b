import type { Finding } from "./finding.ts";
import { FLAG_TABLES } from "./flag-tables.ts";
import type { LegacyProcess } from "./legacy-flag.ts";

/** A workload that runs kiam or kube2iam. */
export interface LegacyInstallation {
  readonly process: LegacyProcess;
  readonly where: string;
  readonly args: readonly string[];
  /** By its image's tag; undefined where that does not say. */
  readonly majorVersion: number | undefined;
}

export interface SetFlag {
  readonly name: string;
  /** `true` and `false` for a switch. */
  readonly text: string;
}

/**
 * Of kiam its server's alone, which reads what namespaces permit.
 *
 * @returns undefined where none says, or where they differ, as in the midst of an upgrade
 */
export function majorVersionOf(installations: readonly LegacyInstallation[]): number | undefined {
  const servers = installations.filter(({ process }) => process === "kiam server");
  const versions = new Set((servers.length > 0 ? servers : installations).map(({ majorVersion }) => majorVersion));
  return versions.size === 1 ? [...versions][0] : undefined;
}

/** Reads arguments as kingpin (kiam) and pflag (kube2iam) do: `--flag=value`, `--flag value`, `--switch`, `--no-switch`. */
export function setFlags({ process, args }: Pick<LegacyInstallation, "process" | "args">): readonly SetFlag[] {
  const isSwitch = (name: string) => FLAG_TABLES[process].some((flag) => flag.name === name && flag.isSwitch);
  const set: SetFlag[] = [];
  for (let index = 0; index < args.length; index++) {
    const [, name = "", text] = /^--([\w-]+)(?:=([\s\S]*))?$/.exec(args[index] ?? "") ?? [];
    if (name === "") continue;
    const negated = name.replace(/^no-/, "");
    if (text !== undefined) set.push({ name, text });
    else if (isSwitch(name)) set.push({ name, text: "true" });
    else if (isSwitch(negated)) set.push({ name: negated, text: "false" });
    else set.push({ name, text: args[++index] ?? "" });
  }
  return set;
}

/** What of an installation's flags goes into values.yaml, and what a person has to decide. */
export function mapFlags(installation: Omit<LegacyInstallation, "majorVersion">): {
  readonly values: Readonly<Record<string, unknown>>;
  readonly findings: readonly Finding[];
} {
  const values: Record<string, unknown> = {};
  const findings: Finding[] = [];
  for (const { name, text } of setFlags(installation)) {
    const flag = FLAG_TABLES[installation.process].find((known) => known.name === name);
    const finding = (says: string, fix?: string) =>
      findings.push({ kind: "note", where: installation.where, says, ...(fix !== undefined && { fix }) });
    if (!flag) {
      finding(`--${name} is no flag of ${installation.process} that is known here`);
      continue;
    }
    Object.assign(values, flag.values?.(text));
    const decision = flag.decide?.(text);
    if (decision !== undefined) finding(`--${name}=${text}`, `${decision[0]?.toUpperCase()}${decision.slice(1)}.`);
  }
  return { values, findings };
}
