import * as schemas from "@rolecall/common/config/schemas";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { parseBaseArn } from "@rolecall/server/domain/role/role-reference";
import { type GeneratedPolicies, generatePolicy } from "../application/generate-policy.ts";
import { terraformDocument, terraformNames } from "../domain/policy/terraform.ts";
import { CLUSTER_OPTIONS, outputOption } from "./cluster-options.ts";
import { command, EXIT } from "./command.ts";
import { connect } from "./connect.ts";

export const policyGenerateCommand = command({
  name: "policy generate",
  purpose: "Writes the least IAM policy of the servers' role, and the trust policy of each role in use.",
  details: `A role is in use when a pod asks for it and its namespace permits it. Roles that pods ask for in vain are named on
standard error and left out. Before an install no server says what short role names belong to and what the servers' role is:
--role-base-arn and --server-role do.

Exit code: 0, or 2 where there is no role in use or the cluster cannot be asked.`,
  options: {
    serverRole: {
      placeholder: "ARN",
      schema: schemas.text,
      help: "the servers' role, which pods' roles trust; what the servers say of themselves when absent (a role's path is not among that)",
    },
    roleBaseArn: {
      placeholder: "ARN",
      schema: schemas.text,
      help: "what short role names belong to, such as arn:aws:iam::123456789012:role/; as the servers say when absent",
    },
    sessionTags: {
      schema: schemas.boolean,
      help: "also allow sts:TagSession, for servers that tag sessions; as the servers say when absent",
    },
    output: outputOption(["json", "terraform"]),
    ...CLUSTER_OPTIONS,
  },
  async run(options, _operands, { terminal, env }) {
    const base = options.roleBaseArn === undefined ? undefined : parseBaseArn(options.roleBaseArn);
    if (base?.kind === "malformed") throw new StartupError([`--role-base-arn ${base.detail}`]);
    const { cluster, servers } = connect(options, env);
    terminal.progress("reading pods and namespaces, asking the servers");
    const policies = await generatePolicy(cluster, servers, {
      serverRoleArn: options.serverRole,
      sessionTags: options.sessionTags,
      baseArn: base?.value,
    });
    for (const pod of policies.denied) terminal.note(`left out, as it is denied: ${pod}`);
    for (const namespace of policies.doubtful) {
      terminal.note(
        `counted by iam.amazonaws.com/allowed-roles alone, which servers heed with the chart value namespacePolicy.allowedRoles: ${namespace}`,
      );
    }
    if (policies.serverPolicy.Statement[0]?.Resource?.length === 0) {
      terminal.note(
        "no pod is granted a role, so there is nothing to allow; where no server can be asked, short role names need --role-base-arn",
      );
      return EXIT.unusable;
    }
    if (policies.serverRoleArn === undefined) {
      terminal.note("no trust policies, as no server says what its role is: set --server-role");
    }
    terminal.print(options.output === "json" ? asJson(policies) : asTerraform(policies));
    return EXIT.good;
  },
});

const asJson = ({ serverPolicy, trustPolicies }: GeneratedPolicies) =>
  JSON.stringify({ serverPolicy, trustPolicies: Object.fromEntries(trustPolicies) }, null, 2);

function asTerraform({ serverPolicy, trustPolicies }: GeneratedPolicies): string {
  const names = terraformNames([...trustPolicies.keys()]);
  return [
    `# Of the servers' role.\n${terraformDocument("rolecall_server", serverPolicy)}`,
    ...[...trustPolicies].map(
      ([arn, policy]) => `# The trust policy of ${arn}.\n${terraformDocument(`trust_${names.get(arn)}`, policy)}`,
    ),
  ].join("\n");
}
