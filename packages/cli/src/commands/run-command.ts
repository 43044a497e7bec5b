import { errorMessage } from "@rolecall/common/errors/error-message";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { VERSION } from "@rolecall/common/version";
import { type Command, EXIT, type ExitCode, type World } from "./command.ts";
import { doctorCommand } from "./doctor.ts";
import { explainCommand } from "./explain.ts";
import { migrateKiamCommand, migrateKube2iamCommand } from "./migrate.ts";
import { policyGenerateCommand } from "./policy-generate.ts";
import { statusCommand } from "./status.ts";
import { verifyPodCommand } from "./verify-pod.ts";

export const COMMANDS: readonly Command[] = [
  verifyPodCommand,
  explainCommand,
  statusCommand,
  doctorCommand,
  policyGenerateCommand,
  migrateKiamCommand,
  migrateKube2iamCommand,
];

/** The help of the command without arguments. */
function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const lines = COMMANDS.map(({ name, purpose }) => `  ${name.padEnd(width)}  ${purpose}`);
  return `Says why pods have their roles or have none.

usage: rolecall COMMAND [FLAG...]

${lines.join("\n")}

rolecall COMMAND --help explains each. As kubectl-rolecall on the PATH it is kubectl rolecall.
`;
}

/** Runs what the arguments name. Never rejects: what went wrong is said on standard error. */
export async function runCommand(argv: readonly string[], world: World): Promise<ExitCode> {
  const { terminal } = world;
  const first = argv[0] ?? "--help";
  if (first === "--help" || first === "help") {
    terminal.print(overview());
    return EXIT.good;
  }
  if (first === "--version" || first === "version") {
    terminal.print(VERSION);
    return EXIT.good;
  }
  const chosen = COMMANDS.find(({ name }) => name.split(" ").every((word, index) => argv[index] === word));
  if (!chosen) {
    terminal.note(`${argv.join(" ")}: no such command; there are ${COMMANDS.map(({ name }) => name).join(", ")}`);
    return EXIT.unusable;
  }
  try {
    return await chosen.start(argv.slice(chosen.name.split(" ").length), world);
  } catch (error) {
    const lines =
      error instanceof StartupError ? error.problems : [`the cluster could not be asked: ${errorMessage(error)}`];
    for (const line of lines) terminal.note(line);
    return EXIT.unusable;
  }
}
