import { createAuthority, type Issued } from "@rolecall/sandbox/certs/authority";
import type { Cluster } from "../../cluster/cluster.ts";
import { eventually } from "../../support/eventually.ts";
import { NAMESPACE, RELEASE } from "./helm.ts";

export type Component = "server" | "agent";

export interface InstalledPod {
  readonly name: string;
  readonly node: string;
  readonly image: string;
  readonly isReady: boolean;
  /** How often containers of it were started again. */
  readonly restarts: number;
}

interface PodObject {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly image: string }[] };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
    readonly initContainerStatuses?: readonly { readonly restartCount: number }[];
  };
}

/** The pods of a component of the release, those that are being deleted left out. */
export async function installedPods({ kubectl }: Cluster, component: Component): Promise<readonly InstalledPod[]> {
  const { items } = await kubectl.get<{ items: readonly PodObject[] }>([
    "pods",
    `--namespace=${NAMESPACE}`,
    `--selector=app.kubernetes.io/instance=${RELEASE},app.kubernetes.io/component=${component}`,
  ]);
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata, spec, status }) => ({
      name: metadata.name,
      node: spec.nodeName ?? "",
      image: spec.containers[0]?.image ?? "",
      isReady: status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false,
      restarts: [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].reduce(
        (sum, { restartCount }) => sum + restartCount,
        0,
      ),
    }));
}

/** A container of a pod. */
export interface ContainerName {
  readonly name: string;
  readonly container: "server" | "agent" | "keeper";
}

/** Runs a script in a pod's container, which has Node and no shell. */
export const evaluate = ({ kubectl }: Cluster, { name, container }: ContainerName, script: string): Promise<string> =>
  kubectl.run([
    "exec",
    name,
    `--namespace=${NAMESPACE}`,
    `--container=${container}`,
    "--",
    "/usr/local/bin/node",
    "--eval",
    script,
  ]);

/** What the kernel says of the rights of a container's first process. */
export async function rightsOf(cluster: Cluster, container: ContainerName): Promise<Readonly<Record<string, string>>> {
  const status = await evaluate(
    cluster,
    container,
    'process.stdout.write(require("node:fs").readFileSync("/proc/1/status", "utf8"))',
  );
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1] ?? "";
  const names = ["Uid", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp"];
  return Object.fromEntries(names.map((name) => [name, field(name)]));
}

/** What the first process of a container has in memory for itself alone: not Node's program, which is shared on a node. */
export async function privateMegabytesOf(cluster: Cluster, container: ContainerName): Promise<number> {
  const script = 'process.stdout.write(require("node:fs").readFileSync("/proc/1/smaps_rollup", "utf8"))';
  const kilobytes = /^Private_Dirty:\s*(\d+) kB/m.exec(await evaluate(cluster, container, script))?.[1];
  return Number(kilobytes) / 1_024;
}

/**
 * Waits until a pod of the component that is not ready has logged a line, in this life or the one before.
 *
 * @returns the line
 */
export async function unreadyPodLogs(cluster: Cluster, component: Component, line: RegExp): Promise<string> {
  return eventually({ what: `${line} in the log of a ${component} that is not ready`, timeoutMs: 90_000 }, async () => {
    const unready = (await installedPods(cluster, component)).filter(({ isReady }) => !isReady);
    for (const { name } of unready) {
      for (const which of [[], ["--previous"]]) {
        const logs = await cluster.kubectl.tryRun(["logs", name, `--namespace=${NAMESPACE}`, ...which]);
        const found = logs.stdout.split("\n").find((each) => line.test(each));
        if (found !== undefined) return found;
      }
    }
    return undefined;
  });
}

/** Waits until each pod of the component is ready, and there are so many of them. */
export async function untilAllReady(cluster: Cluster, component: Component, count: number): Promise<void> {
  await eventually({ what: `${count} pods of the ${component} ready`, timeoutMs: 90_000 }, async () => {
    const pods = await installedPods(cluster, component);
    return pods.length === count && pods.every(({ isReady }) => isReady);
  });
}

/** The Secret, ConfigMap and Lease of the managed certificates. */
export const PKI_NAME = `${RELEASE}-pki`;

interface WithData {
  readonly data: Readonly<Record<string, string>>;
}

/** What nodes trust, as it is published. */
export async function trustBundle({ kubectl }: Cluster): Promise<string> {
  const { data } = await kubectl.get<WithData>(["configmap", PKI_NAME, `--namespace=${NAMESPACE}`]);
  return data["ca.crt"] ?? "";
}

export interface KeptAuthority {
  readonly id: string;
  readonly phase: { readonly kind: string };
}

/** The authorities as the servers keep them. */
export async function keptAuthorities({ kubectl }: Cluster): Promise<readonly KeptAuthority[]> {
  const { data } = await kubectl.get<WithData>(["secret", PKI_NAME, `--namespace=${NAMESPACE}`]);
  const json = Buffer.from(data["authorities.json"] ?? "", "base64").toString("utf8");
  return (JSON.parse(json) as { authorities: readonly KeptAuthority[] }).authorities;
}

/** What a component's pods have logged. */
export const logsOf = ({ kubectl }: Cluster, component: Component): Promise<string> =>
  kubectl.run([
    "logs",
    `--namespace=${NAMESPACE}`,
    `--selector=app.kubernetes.io/instance=${RELEASE},app.kubernetes.io/component=${component}`,
    "--container",
    component,
    "--tail=-1",
  ]);

/** Makes the two Secrets of a user who brings certificates of their own. */
export async function applyOwnSecrets(
  cluster: Cluster,
  names: { readonly server: string; readonly agent: string },
  { without = [] }: { readonly without?: readonly string[] } = {},
): Promise<void> {
  const authority = await createAuthority();
  const server = await authority.issue({ role: "server", names: [`${RELEASE}-server.${NAMESPACE}.svc`] });
  const agent = await authority.issue({ role: "agent" });
  const secret = (name: string, { certificatePem, keyPem }: Issued) => {
    const files = { "tls.crt": certificatePem, "tls.key": keyPem, "ca.crt": authority.certificatePem };
    const kept = Object.entries(files).filter(([key]) => !without.includes(key));
    const metadata = { name, namespace: NAMESPACE };
    return { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", stringData: Object.fromEntries(kept) };
  };
  await cluster.apply([secret(names.server, server), secret(names.agent, agent)]);
}
