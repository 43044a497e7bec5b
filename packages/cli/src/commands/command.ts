import { helpText, type OptionTable, type OptionValues, parseOptions } from "@rolecall/common/config/options";
import { VERSION } from "@rolecall/common/version";
import type { Terminal } from "../adapters/terminal/terminal.ts";

/** Of every command: all is well; something is wrong that the command says; it could not be asked. */
export const EXIT = { good: 0, problems: 1, unusable: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface World {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly nowMs: () => number;
}

export interface Command {
  /** As it is typed: `verify pod`. */
  readonly name: string;
  /** One sentence for the list of commands. */
  readonly purpose: string;
  readonly help: string;
  /** @throws StartupError with a line for each argument that cannot be used */
  start(argv: readonly string[], world: World): Promise<ExitCode>;
}

export interface CommandSpec<T extends OptionTable> {
  readonly name: string;
  readonly operands?: readonly string[];
  readonly purpose: string;
  /** Further paragraphs of the help. */
  readonly details?: string;
  readonly options: T;
  run(options: OptionValues<T>, operands: readonly string[], world: World): Promise<ExitCode>;
}

export function command<T extends OptionTable>(spec: CommandSpec<T>): Command {
  const { name, operands = [], purpose, details, options } = spec;
  const usage = ["rolecall", name, ...operands].join(" ");
  const help = helpText(usage, details === undefined ? purpose : `${purpose}\n\n${details}`, options);
  return {
    name,
    purpose,
    help,
    async start(argv, world) {
      const parsed = parseOptions(options, argv, world.env, operands);
      if (parsed.kind === "values") return spec.run(parsed.values, parsed.operands, world);
      world.terminal.print(parsed.kind === "help" ? help : VERSION);
      return EXIT.good;
    },
  };
}
