import { CREDENTIAL_STATES } from "./scene.ts";
import { AGENT_STATES, type Cell, SERVER_STATES } from "./truth-table.ts";

const BEGIN = "<!-- Made by `npm run e2e -- interception`: the table -->";
const END = "<!-- The end of the table -->";

const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

/** The cells as the table of docs/fail-closed.md. */
export function tableOf(cells: readonly Cell[]): string {
  const heads = ["servers", "agent", "kernel rules", ...CREDENTIAL_STATES.map((state) => `credentials ${state}`)];
  const rows = SERVER_STATES.flatMap((server) =>
    AGENT_STATES.flatMap((agent) =>
      cells
        .filter((cell) => cell.server === server && cell.agent === agent)
        .map(({ rules, outcomes }) =>
          row([server, agent, rules, ...CREDENTIAL_STATES.map((state) => outcomes[state])]),
        ),
    ),
  );
  return [row(heads), row(heads.map(() => "---")), ...rows].join("\n");
}

/** @throws Error when the page has no place for a table */
export function withTable(page: string, table: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docs/fail-closed.md needs the lines ${BEGIN} and ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${page.slice(end)}`;
}
