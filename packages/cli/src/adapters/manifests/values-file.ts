import { dumpYaml } from "@kubernetes/client-node";
import { nested } from "../../domain/migrate/migration-report.ts";

/** Chart values as a file to begin with. */
export const valuesFile = (values: Readonly<Record<string, unknown>>): string =>
  `# Made by rolecall migrate: set the registry, and see docs/migration.md.\n${dumpYaml({
    image: { registry: "REGISTRY" },
    ...nested(values),
  })}`.trimEnd();
