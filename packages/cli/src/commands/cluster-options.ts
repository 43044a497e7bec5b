import type { OptionTable } from "@rolecall/common/config/options";
import * as schemas from "@rolecall/common/config/schemas";

/** How each command finds the cluster and the servers in it. */
export const CLUSTER_OPTIONS = {
  kubeconfig: {
    placeholder: "FILE",
    schema: schemas.text,
    help: "the cluster's configuration; KUBECONFIG, ~/.kube/config or the pod's own when absent, as for kubectl",
  },
  context: { placeholder: "NAME", schema: schemas.text, help: "which context of it; the current one when absent" },
  namespace: {
    placeholder: "NAME",
    short: "n",
    schema: schemas.text,
    help: "where Rolecall is installed; rolecall when absent, or the pod's own namespace in a cluster",
  },
  serverUrl: {
    placeholder: "URLS",
    schema: schemas.list,
    default: "",
    help: "ask the servers' local API at these URLs instead of by port-forward, comma-separated",
  },
} as const satisfies OptionTable;

export const outputOption = <const T extends string>(formats: readonly [T, ...T[]]) => ({
  placeholder: "FORMAT",
  short: "o",
  schema: schemas.oneOf(formats),
  default: formats[0] as string,
  help: `how to answer: ${formats.join(" or ")}`,
});
