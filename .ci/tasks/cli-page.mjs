// Holds docs/cli.md against what the command says of itself by --help, and the tables of docs/migration.md against what
// `rolecall migrate` goes by. With --update, writes them there.
import { readFileSync, writeFileSync } from "node:fs";
import { COMMANDS } from "../../packages/cli/src/commands/run-command.ts";
import { FLAG_TABLES } from "../../packages/cli/src/domain/migrate/flag-tables.ts";

const BEGIN = "<!-- made by node .ci/tasks/cli-page.mjs --update, and held by npm run check -->";

const help = COMMANDS.map((each) => `### rolecall ${each.name}\n\n\`\`\`text\n${each.help.trimEnd()}\n\`\`\`\n`).join(
  "\n",
);

const flags = Object.entries(FLAG_TABLES)
  .map(([process, table]) => {
    const rows = table.map(({ name, becomes }) => `| \`--${name}\` | ${becomes} |`);
    return `### ${process}\n\n| flag | becomes |\n|---|---|\n${rows.join("\n")}\n`;
  })
  .join("\n");

for (const [file, made] of [
  ["docs/cli.md", help],
  ["docs/migration.md", flags],
]) {
  const page = readFileSync(file, "utf8");
  const wanted = `${page.slice(0, page.indexOf(BEGIN))}${BEGIN}\n\n${made}`;
  if (process.argv.includes("--update")) writeFileSync(file, wanted);
  else if (page !== wanted) {
    process.stderr.write(`${file} is not what the code says: run node .ci/tasks/cli-page.mjs --update\n`);
    process.exitCode = 1;
  }
}
