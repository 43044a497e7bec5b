import { API_PORT, GATEWAY } from "./network-plan.ts";

export interface ClientFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** A kubeconfig of one cluster, one user and one context, as JSON, which every reader of YAML takes. */
export function kubeconfig({ caFile, certFile, keyFile }: ClientFiles): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name: "rolecall", cluster: { server: `https://${GATEWAY}:${API_PORT}`, "certificate-authority": caFile } },
    ],
    users: [{ name: "user", user: { "client-certificate": certFile, "client-key": keyFile } }],
    contexts: [{ name: KUBECONFIG_CONTEXT, context: { cluster: "rolecall", user: "user" } }],
    "current-context": KUBECONFIG_CONTEXT,
  });
}

export const KUBECONFIG_CONTEXT = "rolecall";
