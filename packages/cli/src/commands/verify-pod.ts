import * as schemas from "@rolecall/common/config/schemas";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { showHops } from "../adapters/terminal/show-hops.ts";
import { verifyPod } from "../application/verify-pod.ts";
import { CLUSTER_OPTIONS, outputOption } from "./cluster-options.ts";
import { command, EXIT } from "./command.ts";
import { connect } from "./connect.ts";

export const verifyPodCommand = command({
  name: "verify pod",
  operands: ["NAMESPACE/NAME"],
  purpose: "Says step by step why a pod has a role, or has none and what to change.",
  details: `It follows the pod's way: annotation, namespace policy, role, trust (what STS answers the servers), grant, node
feed, interception, credentials; and ends at the first step that fails, with the fix. A step that warns does not keep
the pod from its role now: a refresh that failed, a clock that is off, a certificate that has expired, kernel rules that
something changed within the last hour. Without servers it says what the Kubernetes API alone tells.

Exit code: 0 where every step passed or warned, 1 where one failed, 2 where one could not be looked at.`,
  options: {
    try: {
      schema: schemas.boolean,
      default: "false",
      help: "have a server ask STS for the role now; what it gets is dropped",
    },
    output: outputOption(["text", "json"]),
    ...CLUSTER_OPTIONS,
  },
  async run(options, [ref = ""], { terminal, env, nowMs }) {
    const [namespace = "", name = "", ...rest] = ref.split("/");
    if (namespace === "" || name === "" || rest.length > 0) {
      throw new StartupError([`${ref}: must be NAMESPACE/NAME, such as shop/web-5d4f9c7b8-x2x7k`]);
    }
    const { cluster, servers } = connect(options, env);
    const ports = { workloads: cluster, release: cluster, servers, nowMs, progress: terminal.progress };
    const hops = await verifyPod(ports, { namespace, name, tryNow: options.try });
    if (options.output === "json") terminal.print(JSON.stringify({ pod: ref, hops }, null, 2));
    else showHops(hops, terminal);
    if (hops.some(({ outcome }) => outcome === "failed")) return EXIT.problems;
    return hops.some(({ outcome }) => outcome === "unknown") ? EXIT.unusable : EXIT.good;
  },
});
