import { readFileSync } from "node:fs";
import type { KubeConfig } from "@kubernetes/client-node";
import type { OptionValues } from "@rolecall/common/config/options";
import { KubernetesHttpApi } from "@rolecall/server/adapters/kubernetes/kubernetes-api";
import { ClusterReader } from "../adapters/kubernetes/cluster-reader.ts";
import { isInCluster, loadKubeConfig, SERVICE_ACCOUNT_NAMESPACE_FILE } from "../adapters/kubernetes/kube-config.ts";
import { directRoute } from "../adapters/servers/direct-route.ts";
import { forwardedRoute } from "../adapters/servers/forwarded-route.ts";
import { LocalApis } from "../adapters/servers/local-api.ts";
import type { Servers } from "../application/ports/servers.ts";
import type { CLUSTER_OPTIONS } from "./cluster-options.ts";

type ClusterChoice = OptionValues<typeof CLUSTER_OPTIONS>;

export interface Connected {
  readonly cluster: ClusterReader;
  readonly servers: Servers;
  readonly namespace: string;
}

/** In a server's own pod. */
const OWN_LOCAL_API = "http://127.0.0.1:9621";

/** @throws StartupError where no cluster is known */
export function connect(choice: ClusterChoice, env: NodeJS.ProcessEnv): Connected {
  const options = { kubeconfig: choice.kubeconfig, context: choice.context };
  const inCluster = isInCluster(options, env);
  const config = loadKubeConfig(options, env);
  const namespace =
    choice.namespace ?? (inCluster ? readFileSync(SERVICE_ACCOUNT_NAMESPACE_FILE, "utf8").trim() : "rolecall");
  const cluster = new ClusterReader(new KubernetesHttpApi(config, "rolecall"), namespace);
  const urls = choice.serverUrl.length === 0 && inCluster ? [OWN_LOCAL_API] : choice.serverUrl;
  return { cluster, namespace, servers: new LocalApis(routes(urls, config, cluster, namespace)) };
}

function routes(urls: readonly string[], config: KubeConfig, cluster: ClusterReader, namespace: string) {
  if (urls.length > 0) return async () => urls.map(directRoute);
  return async () => (await cluster.servers()).map(({ name }) => forwardedRoute(config, namespace, name));
}
