import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type KubernetesOptions,
  type KubernetesStandIn,
  startKubernetes,
} from "@rolecall/sandbox/kubernetes/api-server";
import { loadKubeConfig } from "../../src/adapters/kubernetes/kube-config.ts";
import { KubernetesHttpApi } from "../../src/adapters/kubernetes/kubernetes-api.ts";

export interface StartedKubernetes {
  readonly kubernetes: KubernetesStandIn;
  readonly api: KubernetesHttpApi;
  /** Ends the stand-in and removes its files. */
  stop(): Promise<void>;
}

/** A Kubernetes API and the server's way to it, by a kubeconfig as an operator would write it. */
export async function aKubernetes(options: KubernetesOptions = {}): Promise<StartedKubernetes> {
  const kubernetes = await startKubernetes(options);
  const folder = mkdtempSync(join(tmpdir(), "rolecall-kubernetes-"));
  const file = join(folder, "kubeconfig");
  kubernetes.writeKubeconfig(file);
  const api = new KubernetesHttpApi(loadKubeConfig(file));
  return {
    kubernetes,
    api,
    stop: async () => {
      await kubernetes.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
