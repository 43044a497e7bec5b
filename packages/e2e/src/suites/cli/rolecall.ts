import { join } from "node:path";
import type { Cluster } from "../../cluster/cluster.ts";
import { type Completed, tryRun } from "../../cluster/run.ts";
import { NAMESPACE } from "../install/helm.ts";

const BUNDLE = join(import.meta.dirname, "..", "..", "..", "..", "..", "dist", "cli", "main.cjs");

/** The built command with the cluster administrator's kubeconfig. */
export const onLaptop = ({ kubeconfig }: Cluster, args: readonly string[]): Promise<Completed> =>
  tryRun(process.execPath, [BUNDLE, ...args], { env: { KUBECONFIG: kubeconfig } });

/** The command of the server's image, as kubectl exec starts it. */
export const onServer = ({ kubectl }: Cluster, pod: string, args: readonly string[]): Promise<Completed> =>
  kubectl.tryRun(["exec", pod, `--namespace=${NAMESPACE}`, "--", "rolecall", ...args]);
