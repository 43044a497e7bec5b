import type { KubernetesStandIn } from "../kubernetes/api-server.ts";
import { ProjectedVolume } from "./projected-volume.ts";

export interface ConfigMapVolume {
  file(name: string): string;
  unmount(): void;
}

/** A ConfigMap as the kubelet mounts it with `optional: true`: empty while there is none, and in step with it otherwise. */
export function mountConfigMap(
  kubernetes: Pick<KubernetesStandIn, "cluster" | "onChange">,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  directory: string,
): ConfigMapVolume {
  let mounted = "";
  const volume = new ProjectedVolume(directory, {});
  const refresh = () => {
    const found = kubernetes.cluster.list("configmaps", namespace).find(({ metadata }) => metadata.name === name);
    const data = (found?.["data"] ?? {}) as Readonly<Record<string, string>>;
    const text = JSON.stringify(data);
    if (text === mounted) return;
    mounted = text;
    volume.write(data);
  };
  refresh();
  return { file: (key) => volume.file(key), unmount: kubernetes.onChange(refresh) };
}
