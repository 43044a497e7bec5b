import type { MigrationFacts, Predecessor } from "../../domain/migrate/migration-report.ts";

/** Where a migration is read from: a cluster, or files. Rejects where that cannot be read. */
export interface MigrationSource {
  read(predecessor: Predecessor): Promise<Pick<MigrationFacts, "installations" | "namespaces" | "pods">>;
}
