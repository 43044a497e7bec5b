import { parseArgs } from "node:util";
import type * as z from "zod/mini";
import { StartupError } from "../errors/startup-error.ts";

/**
 * One setting of a process. Its flag and environment twin follow from its key in the table: `metadataPort` is
 * `--metadata-port` and `ROLECALL_METADATA_PORT`. A flag beats the environment; an empty variable counts as not set.
 */
export interface Option<T> {
  /** Stands for the value in the help text; absent for a switch, which takes `--x` and `--no-x`. */
  readonly placeholder?: string;
  /** One letter that stands for the flag: `o` for `-o`. */
  readonly short?: string;
  readonly schema: z.ZodMiniType<T, string>;
  /** As it would be written on the command line; absent where the setting has no default. */
  readonly default?: string;
  readonly help: string;
}

// biome-ignore lint/suspicious/noExplicitAny: a table holds options of different types; `OptionValues` recovers each.
export type OptionTable = Readonly<Record<string, Option<any>>>;

export type OptionValues<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends { readonly default: string }
    ? OptionValue<T[K]>
    : OptionValue<T[K]> | undefined;
};
type OptionValue<O> = O extends Option<infer T> ? T : never;

const kebab = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
export const flagOf = (key: string): string => `--${kebab(key)}`;
export const variableOf = (key: string): string => `ROLECALL_${kebab(key).replaceAll("-", "_").toUpperCase()}`;

export type ParsedOptions<T extends OptionTable> =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "values"; readonly values: OptionValues<T>; readonly operands: readonly string[] };

/**
 * Reads a process's settings.
 *
 * @param argv the arguments alone, without program and script
 * @param wanted what its operands are called, the arguments that are no flags; each must be given, but `[ONE]` in brackets
 * @throws StartupError with one line for each bad setting, flag or stray argument
 */
export function parseOptions<T extends OptionTable>(
  table: T,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  wanted: readonly string[] = [],
): ParsedOptions<T> {
  const problems: string[] = [];
  const { flags, operands } = readArguments(table, argv, problems);
  if (flags["help"]) return { kind: "help" };
  if (flags["version"]) return { kind: "version" };

  for (const stray of operands.slice(wanted.length)) problems.push(`${stray}: not a flag of this command`);
  for (const missing of wanted.slice(operands.length))
    if (!missing.startsWith("[")) problems.push(`${missing} must be given`);
  const values: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(table)) {
    const flag = flags[kebab(key)];
    const variable = env[variableOf(key)] || undefined;
    const [source, text] =
      flag !== undefined
        ? [flagOf(key), String(flag)]
        : variable !== undefined
          ? [variableOf(key), variable]
          : [flagOf(key), option.default];
    if (text === undefined) continue;
    const parsed = option.schema.safeParse(text);
    if (parsed.success) values[key] = parsed.data;
    else problems.push(`${source}=${text}: ${parsed.error.issues.map((issue) => issue.message).join("; ")}`);
  }
  if (problems.length > 0) throw new StartupError([...problems, "See --help for every setting."]);
  return { kind: "values", values: Object.freeze(values) as OptionValues<T>, operands };
}

function readArguments(
  table: OptionTable,
  argv: readonly string[],
  problems: string[],
): { readonly flags: Record<string, unknown>; readonly operands: readonly string[] } {
  const known = Object.fromEntries(
    Object.entries(table).map(([key, { placeholder, short }]) => [
      kebab(key),
      { type: placeholder ? ("string" as const) : ("boolean" as const), ...(short && { short }) },
    ]),
  );
  const { values, positionals, tokens } = parseArgs({
    args: [...argv],
    options: { ...known, help: { type: "boolean" }, version: { type: "boolean" } },
    allowPositionals: true,
    allowNegative: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option" || token.name === "help" || token.name === "version") continue;
    const { name, rawName, value } = token;
    const option = known[name];
    if (!option) problems.push(`${rawName}: no such flag`);
    else if (option.type === "string" && value === undefined) problems.push(`${rawName}: a value must follow`);
    else if (option.type === "boolean" && value !== undefined)
      problems.push(`${rawName}: takes no value; switch it off with --no-${name}`);
  }
  return { flags: values, operands: positionals };
}

/** The reference of a process's settings, one entry each, in the table's order. */
export function helpText(usage: string, purpose: string, table: OptionTable): string {
  const entries = Object.entries(table).map(([key, option]) => {
    const name = option.short ? `-${option.short}, ${flagOf(key)}` : flagOf(key);
    const flag = option.placeholder ? `${name} ${option.placeholder}` : `${name}, --no-${kebab(key)}`;
    const preset = !option.default ? "" : ` (default ${option.default})`;
    return `  ${flag}\n      ${option.help}${preset}\n      ${variableOf(key)}\n`;
  });
  return `${purpose}\n\nusage: ${usage} [FLAG...]\n\n${entries.join("")}  --help\n      print this text\n  --version\n      print the version\n`;
}
