// Holds docs/cli.md against what the command says of itself by --help. With --update, writes it there.
import { readFileSync, writeFileSync } from "node:fs";
import { COMMANDS } from "../../packages/cli/src/commands/run-command.ts";

const PAGE = "docs/cli.md";
const BEGIN = "<!-- from --help; npm run check holds it, node .ci/tasks/cli-page.mjs --update writes it -->";

const page = readFileSync(PAGE, "utf8");
const reference = COMMANDS.map(
  ({ name, help }) => `### rolecall ${name}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`,
).join("\n");
const wanted = `${page.slice(0, page.indexOf(BEGIN))}${BEGIN}\n\n${reference}`;

if (process.argv.includes("--update")) writeFileSync(PAGE, wanted);
else if (page !== wanted) {
  process.stderr.write(`${PAGE} is not what --help says: run node .ci/tasks/cli-page.mjs --update\n`);
  process.exitCode = 1;
}
