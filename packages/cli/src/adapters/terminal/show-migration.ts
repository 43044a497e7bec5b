import type { MigrationReport, Predecessor } from "../../domain/migrate/migration-report.ts";
import type { Terminal } from "./terminal.ts";

/** What would change for pods first, then what to look at. */
export function showMigration(predecessor: Predecessor, report: MigrationReport, { print, paint }: Terminal): void {
  const { installations, namespaces, pods } = report.counts;
  print(
    `Looked at ${namespaces} namespaces, ${pods} workloads that ask for a role, ${installations} of ${predecessor}.\n`,
  );
  const section = (title: string, kind: "change" | "note") => {
    const found = report.findings.filter((finding) => finding.kind === kind);
    print(paint("title", `${title} (${found.length})`));
    for (const { where, says, fix } of found) {
      print(`${paint(kind === "change" ? "bad" : "unsure", where)}: ${says}`);
      if (fix !== undefined) print(`  ${paint("title", "Do:")} ${fix}`);
    }
    print("");
  };
  section("Changes for pods", "change");
  section("To look at", "note");
  print(`Chart values to begin with: rolecall migrate ${predecessor} -o values`);
}
