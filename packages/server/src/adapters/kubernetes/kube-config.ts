import { existsSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { errorMessage } from "@rolecall/common/errors/error-message";
import { StartupError } from "@rolecall/common/errors/startup-error";

const SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/**
 * How to reach the API server: by a kubeconfig, else as the service account of the pod this process runs in.
 *
 * @param file the value of `--kubeconfig`
 * @throws StartupError when neither leads to an API server
 */
export function loadKubeConfig(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): KubeConfig {
  const config = new KubeConfig();
  if (file === undefined) {
    if (!env["KUBERNETES_SERVICE_HOST"] || !existsSync(SERVICE_ACCOUNT_TOKEN)) {
      throw new StartupError([
        "--kubeconfig: must be set, as this process runs in no pod that has a service account token",
      ]);
    }
    config.loadFromCluster();
    return config;
  }
  const problem = problemWith(config, file);
  if (problem !== undefined) throw new StartupError([`--kubeconfig ${file}: ${problem}`]);
  return config;
}

function problemWith(config: KubeConfig, file: string): string | undefined {
  try {
    config.loadFromFile(file);
  } catch (error) {
    return errorMessage(error);
  }
  const context = config.getCurrentContext();
  if (!context) return "names no current-context";
  const cluster = config.getCurrentCluster();
  if (!cluster) return `its context "${context}" names no cluster that it holds`;
  if (!cluster.server?.startsWith("https://"))
    return `the server of the cluster "${cluster.name}" must be an https:// URL`;
  if (!cluster.caFile && !cluster.caData && !cluster.skipTLSVerify) {
    return `the cluster "${cluster.name}" must have a certificate-authority`;
  }
  return undefined;
}
