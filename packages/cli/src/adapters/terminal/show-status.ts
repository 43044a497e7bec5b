import type { Status } from "../../application/describe-status.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const SHOWN_REFUSALS = 10;

/** The fleet as people read it: what is wrong last, where the eye ends up. */
export function showStatus({ fleet, problems, answered, servers }: Status, terminal: Terminal): void {
  const { print, paint } = terminal;
  const section = (title: string, titles: readonly string[], rows: readonly (readonly string[])[]) => {
    print(paint("title", `${title} (${rows.length})`));
    if (rows.length > 0) print(table(titles, rows, (text, row) => (row < 0 ? paint("quiet", text) : text)));
    print("");
  };
  section(
    "Servers",
    ["NAME", "VERSION", "SERVING", "STARTED"],
    fleet.servers.map(({ name, version, serving, startedAt }) => [name, version, serving ? "yes" : "no", startedAt]),
  );
  if (servers !== undefined && servers > answered) {
    print(paint("unsure", `${answered} of ${servers} servers answered: what only the others know is not shown.\n`));
  }
  section(
    "Nodes",
    ["NAME", "AGENT", "CONNECTED SINCE", "INTERCEPTION", "PROBE", "PODS SEEN", "VIEW"],
    fleet.nodes.map(({ node, feed, report }) => [
      node,
      feed?.agentVersion ?? report?.agentVersion ?? "",
      feed?.connectedSince ?? "not connected",
      report?.interception ?? "unknown",
      report?.probe ?? "unknown",
      String(report?.podsWithAddress ?? ""),
      `${report?.viewGeneration ?? "?"}/${feed?.sentGeneration ?? "?"}`,
    ]),
  );
  section("Roles", ["ROLE", "SESSION", "STATE", "EXPIRES", "PODS"], roles(fleet));
  section(
    "Certificates",
    ["NAME", "SERVER", "EXPIRES"],
    fleet.certificates.map(({ name, server, expiresAt }) => [name, server, expiresAt]),
  );
  if (fleet.refusals.length > 0) {
    section(
      "Latest refusals",
      ["AT", "POD", "REASON"],
      fleet.refusals
        .slice(0, SHOWN_REFUSALS)
        .map(({ at, namespace, pod, reason }) => [at, `${namespace}/${pod}`, reason]),
    );
  }
  if (problems.length === 0) print(paint("good", "Nothing is wrong."));
  else print(paint("title", `What is wrong (${problems.length})`));
  for (const problem of problems) print(paint("bad", problem));
}

function roles({ assumptions, pods }: Status["fleet"]): readonly (readonly string[])[] {
  const users = new Map<string, number>();
  for (const { assumption } of pods) if (assumption) users.set(assumption, (users.get(assumption) ?? 0) + 1);
  return assumptions.map(({ id, roleArn, sessionName, state, failure, expiresAt }) => [
    roleArn,
    sessionName,
    failure ? `${state}: ${failure.reason}` : state,
    expiresAt ?? "",
    String(users.get(id) ?? 0),
  ]);
}
