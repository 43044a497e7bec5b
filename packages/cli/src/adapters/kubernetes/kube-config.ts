import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { errorMessage } from "@rolecall/common/errors/error-message";
import { StartupError } from "@rolecall/common/errors/startup-error";

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface KubeConfigChoice {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/** Whether this process runs in a pod and nobody told it of another cluster. */
export const isInCluster = ({ kubeconfig, context }: KubeConfigChoice, env: NodeJS.ProcessEnv): boolean =>
  kubeconfig === undefined &&
  context === undefined &&
  kubeconfigFiles(env).length === 0 &&
  Boolean(env["KUBERNETES_SERVICE_HOST"]) &&
  existsSync(join(SERVICE_ACCOUNT, "token"));

export const SERVICE_ACCOUNT_NAMESPACE_FILE = join(SERVICE_ACCOUNT, "namespace");

/**
 * The cluster that kubectl would talk to: --kubeconfig, else KUBECONFIG, else ~/.kube/config, else the pod's own.
 *
 * @throws StartupError that names what to set
 */
export function loadKubeConfig(choice: KubeConfigChoice, env: NodeJS.ProcessEnv): KubeConfig {
  const config = new KubeConfig();
  const files = choice.kubeconfig === undefined ? kubeconfigFiles(env) : [choice.kubeconfig];
  if (files.length === 0) {
    if (!isInCluster(choice, env)) {
      throw new StartupError(["no cluster is known: set --kubeconfig or KUBECONFIG, or make ~/.kube/config"]);
    }
    config.loadFromCluster();
    return config;
  }
  try {
    const [first = "", ...others] = files;
    config.loadFromFile(first);
    for (const file of others) {
      const other = new KubeConfig();
      other.loadFromFile(file);
      config.mergeConfig(other);
    }
  } catch (error) {
    throw new StartupError([`--kubeconfig ${files.join(delimiter)}: ${errorMessage(error)}`], { cause: error });
  }
  if (choice.context !== undefined) {
    if (!config.getContextObject(choice.context)) {
      const names = config.getContexts().map(({ name }) => name);
      throw new StartupError([`--context ${choice.context}: there is none of that name, only ${names.join(", ")}`]);
    }
    config.setCurrentContext(choice.context);
  }
  if (!config.getCurrentCluster()) {
    throw new StartupError([`--context: the kubeconfig's context "${config.getCurrentContext()}" names no cluster`]);
  }
  return config;
}

function kubeconfigFiles(env: NodeJS.ProcessEnv): readonly string[] {
  const named = (env["KUBECONFIG"] ?? "").split(delimiter).filter(Boolean);
  if (named.length > 0) return named;
  const usual = join(env["HOME"] ?? homedir(), ".kube", "config");
  return existsSync(usual) ? [usual] : [];
}
