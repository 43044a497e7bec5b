import { projectNamespace } from "@rolecall/server/adapters/kubernetes/namespace-projection";
import { type Fields, fields, items, text } from "@rolecall/server/adapters/kubernetes/object-fields";
import { projectPod } from "@rolecall/server/adapters/kubernetes/pod-projection";
import type { PlacedPod } from "../../domain/migrate/examine-pods.ts";
import type { LegacyProcess } from "../../domain/migrate/legacy-flag.ts";
import type { LegacyInstallation } from "../../domain/migrate/legacy-installation.ts";
import type { MigrationFacts, Predecessor } from "../../domain/migrate/migration-report.ts";

/** Sorts Kubernetes objects of any kind, `List`s among them, into what a migration looks at. */
export function migrationObjects(
  objects: readonly unknown[],
  predecessor: Predecessor,
): Pick<MigrationFacts, "installations" | "namespaces" | "pods"> {
  const all = objects.flatMap(flattened);
  const pods = new Map<string, PlacedPod>();
  for (const placed of all.flatMap((object) => placedPod(object) ?? [])) pods.set(placed.where, placed);
  return {
    installations: all.flatMap((object) => installationsOf(object, predecessor)),
    namespaces: all.flatMap((object) => (object["kind"] === "Namespace" ? (projectNamespace(object) ?? []) : [])),
    pods: [...pods.values()],
  };
}

function flattened(object: unknown): readonly Fields[] {
  const { kind, items: listed } = fields(object);
  return typeof kind === "string" && kind.endsWith("List") ? items(listed).flatMap(flattened) : [fields(object)];
}

/** The pod, or the one that a workload's template makes. */
function placedPod(object: Fields): PlacedPod | undefined {
  const { namespace, ref, owner } = called(object);
  const template = templateOf(object);
  if (object["kind"] !== "Pod" && template === undefined) return undefined;
  const { metadata, spec, status } = template ?? object;
  const pod = projectPod({ metadata: { ...fields(metadata), namespace, name: ref, uid: ref }, spec, status });
  // The replicas of a workload say the same.
  return pod && { where: owner === undefined ? ref : `${owner} in ${namespace}`, pod };
}

function called(object: Fields) {
  const { name, generateName, namespace, ownerReferences } = fields(object["metadata"]);
  const owner = items(ownerReferences)
    .map(fields)
    .find(({ controller }) => controller === true);
  const where = text(namespace) ?? "default";
  return {
    namespace: where,
    ref: `${text(object["kind"])?.toLowerCase()} ${where}/${text(name) ?? text(generateName) ?? "unnamed"}`,
    owner: owner && `pods of ${text(owner["kind"])} ${text(owner["name"])}`,
  };
}

function templateOf(object: Fields): Fields | undefined {
  const spec = fields(object["spec"]);
  const jobSpec = fields(fields(spec["jobTemplate"])["spec"]);
  const template = spec["template"] ?? jobSpec["template"];
  // Other kinds have a field of that name too.
  return fields(fields(template)["spec"])["containers"] === undefined ? undefined : fields(template);
}

function installationsOf(object: Fields, predecessor: Predecessor): readonly LegacyInstallation[] {
  const template = templateOf(object);
  if (template === undefined) return [];
  const { ref } = called(object);
  return items(fields(template["spec"])["containers"])
    .map(fields)
    .flatMap((container): readonly LegacyInstallation[] => {
      const args = [...items(container["command"]), ...items(container["args"])].filter(
        (arg) => typeof arg === "string",
      );
      const image = text(container["image"]) ?? "";
      const process = processOf(image, args, predecessor);
      return process === undefined ? [] : [{ process, where: ref, args, majorVersion: majorVersion(image) }];
    });
}

function processOf(image: string, args: readonly string[], predecessor: Predecessor): LegacyProcess | undefined {
  if (!image.includes(predecessor)) return undefined;
  if (predecessor === "kube2iam") return "kube2iam";
  if (args.includes("agent")) return "kiam agent";
  return args.includes("server") ? "kiam server" : undefined;
}

/** `quay.io/uswitch/kiam:v3.6` is of 3; a tag that is a date or a commit, or a digest alone, says none. */
function majorVersion(image: string): number | undefined {
  const [, major] = /:v?(\d{1,2})(?:[.-][^/]*)?$/.exec(image.replace(/@.*/, "")) ?? [];
  return major === undefined ? undefined : Number(major);
}
