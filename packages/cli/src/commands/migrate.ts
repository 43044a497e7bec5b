import * as schemas from "@rolecall/common/config/schemas";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { KubernetesHttpApi } from "@rolecall/server/adapters/kubernetes/kubernetes-api";
import { parseBaseArn } from "@rolecall/server/domain/role/role-reference";
import { clusterObjects } from "../adapters/kubernetes/cluster-objects.ts";
import { loadKubeConfig } from "../adapters/kubernetes/kube-config.ts";
import { migrationObjects } from "../adapters/kubernetes/migration-objects.ts";
import { readManifests } from "../adapters/manifests/manifest-files.ts";
import { valuesFile } from "../adapters/manifests/values-file.ts";
import { showMigration } from "../adapters/terminal/show-migration.ts";
import type { MigrationSource } from "../application/ports/migration-source.ts";
import { migrationReport, type Predecessor } from "../domain/migrate/migration-report.ts";
import { CLUSTER_OPTIONS, outputOption } from "./cluster-options.ts";
import { type Command, command, EXIT } from "./command.ts";

const { kubeconfig, context } = CLUSTER_OPTIONS;

const migrateCommand = (predecessor: Predecessor): Command =>
  command({
    name: `migrate ${predecessor}`,
    purpose: `Reports what would change for a cluster that runs ${predecessor}, and writes values.yaml to begin with.`,
    details: `It reads the cluster, or manifests with -f, and changes nothing. docs/migration.md has the whole way.

Exit code: 0 where no pod would lose a role, 1 where one would, 2 where there was nothing to read.`,
    options: {
      filename: {
        placeholder: "PATHS",
        short: "f",
        schema: schemas.list,
        default: "",
        help: "read these files and directories of manifests, comma-separated, and no cluster",
      },
      roleBaseArn: {
        placeholder: "ARN",
        schema: schemas.text,
        help: "what short role names belong to, where the flags of what runs do not say",
      },
      output: outputOption(["text", "json", "values"]),
      kubeconfig,
      context,
    },
    async run(options, _operands, { terminal, env }) {
      const base = options.roleBaseArn === undefined ? undefined : parseBaseArn(options.roleBaseArn);
      if (base?.kind === "malformed") throw new StartupError([`--role-base-arn ${base.detail}`]);
      const source: MigrationSource =
        options.filename.length > 0
          ? { read: async () => migrationObjects(readManifests(options.filename), predecessor) }
          : clusterObjects(new KubernetesHttpApi(loadKubeConfig(options, env), "rolecall"), terminal.progress);
      const report = migrationReport({ predecessor, ...(await source.read(predecessor)), baseArn: base?.value });
      const { installations, namespaces, pods } = report.counts;
      if (installations + namespaces + pods === 0) {
        terminal.note("found no namespace, no pod with a role and no installation there: is it the right place?");
        return EXIT.unusable;
      }
      if (installations === 0) {
        terminal.note(`found no ${predecessor} there: its flags are not known, and are taken for its defaults`);
      }
      if (options.output === "values") terminal.print(valuesFile(report.values));
      else if (options.output === "json") terminal.print(JSON.stringify(report, null, 2));
      else showMigration(predecessor, report, terminal);
      return report.findings.some(({ kind }) => kind === "change") ? EXIT.problems : EXIT.good;
    },
  });

export const migrateKiamCommand = migrateCommand("kiam");
export const migrateKube2iamCommand = migrateCommand("kube2iam");
