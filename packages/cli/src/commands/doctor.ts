import { KubernetesHttpApi } from "@rolecall/server/adapters/kubernetes/kubernetes-api";
import { clusterFacts } from "../adapters/kubernetes/cluster-facts.ts";
import { loadKubeConfig } from "../adapters/kubernetes/kube-config.ts";
import { showChecks } from "../adapters/terminal/show-checks.ts";
import { examine } from "../domain/doctor/examine.ts";
import { CLUSTER_OPTIONS, outputOption } from "./cluster-options.ts";
import { command, EXIT } from "./command.ts";

const { kubeconfig, context, namespace } = CLUSTER_OPTIONS;

export const doctorCommand = command({
  name: "doctor",
  purpose: "Checks cluster and release from a laptop, before an install and after it.",
  details: `It looks at the version of Kubernetes, your rights, the namespace and its Pod Security level, the servers' nodes with
label and taint, cert-manager where it is used, whether servers and agents are ready and of one version, and namespaces
whose pods ask for a role and which permit none.

Exit code: 0 where nothing failed (a warning is no failure), 1 where something did, 2 where the cluster cannot be asked.`,
  options: { output: outputOption(["text", "json"]), kubeconfig, context, namespace },
  async run(options, _operands, { terminal, env }) {
    const api = new KubernetesHttpApi(loadKubeConfig(options, env), "rolecall");
    terminal.progress("asking the cluster");
    const checks = examine(await clusterFacts(api, options.namespace ?? "rolecall").read());
    if (options.output === "json") terminal.print(JSON.stringify({ checks }, null, 2));
    else showChecks(checks, terminal);
    return checks.some(({ outcome }) => outcome === "failed") ? EXIT.problems : EXIT.good;
  },
});
