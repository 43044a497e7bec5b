import type { Client } from "./clients.ts";
import type { Scenario } from "./scenarios.ts";

const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

/** `docs/clients.md`. @param versions of the clients by name */
export function clientsPage(
  clients: readonly Client[],
  scenarios: readonly Scenario[],
  versions: ReadonlyMap<string, string>,
): string {
  const columns = ["client", "version", "reads the metadata service with", ...scenarios.map(({ name }) => name)];
  return [
    "# Clients",
    "",
    "Real AWS clients, each in a pod of its own with a server, an agent and an STS of the sandbox, with nothing to find",
    "credentials by but the metadata service. What they call checks their signatures.",
    "",
    "A test makes this page (`ROLECALL_WRITE_DOCS=1 npm test -- packages/sandbox/test/clients`), with the versions it ran,",
    "and afterwards holds it against what it tries.",
    "",
    row(columns),
    row(columns.map(() => "---")),
    ...clients.map(({ name, library }) =>
      row([name, versions.get(name) ?? "?", library, ...scenarios.map(() => "yes")]),
    ),
    "",
    "## What is tried",
    "",
    "A client",
    "",
    ...scenarios.map(({ name, title }) => `- **${name}**: ${title}`),
    "",
    "Where time passes it is 56 minutes: what a client was handed first is over for it by then, and for AWS four minutes",
    "later. What brings each client to ask again:",
    "",
    ...clients.map(({ name, asksAgain }) => `- ${name}: ${asksAgain}`),
    "",
  ].join("\n");
}

/** The versions that a page names, by client. */
export function versionsOn(page: string): ReadonlyMap<string, string> {
  return new Map(
    [...page.matchAll(/^\| ([^|]+) \| ([^|]+) \|/gm)].map(([, name = "", version = ""]) => [name, version]),
  );
}
