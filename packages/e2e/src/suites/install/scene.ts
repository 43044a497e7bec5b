import { INSTANCE } from "@rolecall/sandbox/imds/instance";
import type { Cluster } from "../../cluster/cluster.ts";
import type { Report } from "../../support/report.ts";
import type { Cloud } from "../main-path/cloud.ts";
import { InPod } from "../main-path/test-pods.ts";
import type { Helm } from "./helm.ts";
import type { LoadedPod } from "./steady-load.ts";

/** What every case works with. */
export interface Scene {
  readonly report: Report;
  readonly cluster: Cluster;
  readonly cloud: Cloud;
  readonly helm: Helm;
}

export const SERVER_NODE = "server-1";
export const WORKERS: readonly string[] = ["worker-1", "worker-2"];

export const roleArn = (role: string) => `arn:aws:iam::${INSTANCE.accountId}:role/${role}`;
/** Who a pod of the namespace `shop` is with a role. */
export const roleSession = (role: string) => `arn:aws:sts::${INSTANCE.accountId}:assumed-role/${role}/shop.default`;

/** A pod on each worker that asks for credentials throughout. */
export const LOADED: readonly [LoadedPod, LoadedPod] = [
  { namespace: "shop", name: "web", role: "web" },
  { namespace: "shop", name: "report", role: "report" },
];

export const inPod = ({ cluster, cloud }: Scene, name: string, namespace = "shop") =>
  new InPod(cluster, cloud, name, namespace);

/** A figure worth reading beside the case's outcome. */
export const note = (line: string) => void process.stdout.write(`  # ${line}\n`);
