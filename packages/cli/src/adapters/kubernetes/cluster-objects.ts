import type { KubernetesApi } from "@rolecall/server/adapters/kubernetes/kubernetes-api";
import { listPages } from "@rolecall/server/adapters/kubernetes/list-pages";
import { type Fields, fields } from "@rolecall/server/adapters/kubernetes/object-fields";
import type { MigrationSource } from "../../application/ports/migration-source.ts";
import { migrationObjects } from "./migration-objects.ts";

/** A list's items do not say of what kind they are. */
const KINDS = [
  { kind: "Namespace", path: "/api/v1/namespaces" },
  { kind: "Pod", path: "/api/v1/pods" },
  { kind: "DaemonSet", path: "/apis/apps/v1/daemonsets" },
  { kind: "Deployment", path: "/apis/apps/v1/deployments" },
] as const;

const PAGE_MS = 30_000;

/** A migration as the cluster has it. @param progress says what is read */
export const clusterObjects = (api: KubernetesApi, progress: (step: string) => void): MigrationSource => ({
  async read(predecessor) {
    const objects: Fields[] = [];
    for (const { kind, path } of KINDS) {
      progress(`reading ${path.split("/").at(-1)}`);
      const project = (object: unknown): Fields => ({ ...fields(object), kind });
      const { resources } = await listPages({ name: kind, path, project }, (query) =>
        api.request({ path, query, signal: AbortSignal.timeout(PAGE_MS) }),
      );
      // What a Deployment or DaemonSet makes is among the pods.
      objects.push(...resources);
    }
    const { installations, namespaces, pods } = migrationObjects(objects, predecessor);
    return { installations, namespaces, pods: pods.filter(({ pod }) => pod.uid.startsWith("pod ")) };
  },
});
