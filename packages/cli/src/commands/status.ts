import { showStatus } from "../adapters/terminal/show-status.ts";
import { describeStatus } from "../application/describe-status.ts";
import { CLUSTER_OPTIONS, outputOption } from "./cluster-options.ts";
import { command, EXIT } from "./command.ts";
import { connect } from "./connect.ts";

export const statusCommand = command({
  name: "status",
  purpose: "Shows servers, nodes, roles and certificates, and what is wrong.",
  details: `It asks every server and joins what they know.

Exit code: 0 where nothing is wrong, 1 where something is (a pod without its role, an agent without a server, a certificate
that should have been renewed), 2 where no server could be asked.`,
  options: { output: outputOption(["text", "json"]), ...CLUSTER_OPTIONS },
  async run(options, _operands, { terminal, env, nowMs }) {
    const { cluster, servers, namespace } = connect(options, env);
    terminal.progress("asking the servers");
    const status = await describeStatus(servers, cluster, nowMs());
    if (status.answered === 0) {
      for (const problem of status.problems) terminal.note(problem);
      terminal.note(
        `no server of the namespace ${namespace} could be asked; is Rolecall installed there (--namespace)? See kubectl --namespace ${namespace} get pods`,
      );
      return EXIT.unusable;
    }
    if (options.output === "json") terminal.print(JSON.stringify(status, null, 2));
    else showStatus(status, terminal);
    return status.problems.length === 0 ? EXIT.good : EXIT.problems;
  },
});
