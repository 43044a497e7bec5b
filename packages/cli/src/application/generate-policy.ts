import type { ServerStatus } from "@rolecall/server/domain/fleet/fleet-report";
import type { BaseArn } from "@rolecall/server/domain/role/role-reference";
import { type PolicyDocument, type PolicyOptions, serverPolicy, trustPolicy } from "../domain/policy/documents.ts";
import { rolesInUse } from "../domain/policy/roles-in-use.ts";
import { roleOfCaller } from "../domain/verify/advice.ts";
import { rulesOf } from "../domain/verify/policy-hops.ts";
import type { Servers } from "./ports/servers.ts";
import type { Workloads } from "./ports/workloads.ts";

export interface GeneratedPolicies {
  readonly serverRoleArn: string | undefined;
  readonly serverPolicy: PolicyDocument;
  /** By the ARN of the role whose trust policy it is; empty where the servers' role is not known. */
  readonly trustPolicies: ReadonlyMap<string, PolicyDocument>;
  readonly denied: readonly string[];
  /** Namespaces that kube2iam's annotation alone permits something, where no server said whether it heeds that. */
  readonly doubtful: readonly string[];
}

/** What is given replaces what the servers say of themselves. */
export interface GeneratePolicyQuery {
  readonly serverRoleArn: string | undefined;
  readonly sessionTags: boolean | undefined;
  /** What short role names belong to. */
  readonly baseArn: BaseArn | undefined;
}

/** The IAM policies that the pods of the cluster need, as they are now. */
export async function generatePolicy(
  workloads: Pick<Workloads, "pods" | "namespaces">,
  servers: Pick<Servers, "fleets">,
  query: GeneratePolicyQuery,
): Promise<GeneratedPolicies> {
  const [pods, namespaces, answers] = await Promise.all([workloads.pods(), workloads.namespaces(), servers.fleets()]);
  const statuses = answers.flatMap((answer): readonly ServerStatus[] =>
    answer.kind === "answered" ? [answer.report.server] : [],
  );
  const said = rulesOf(statuses[0]);
  const { roles, denied } = rolesInUse(pods, namespaces, { ...said, baseArn: query.baseArn ?? said.baseArn });
  const caller = statuses.find(({ callerArn }) => callerArn !== undefined)?.callerArn;
  const serverRoleArn = query.serverRoleArn ?? (caller === undefined ? undefined : roleOfCaller(caller));
  const options: PolicyOptions = {
    sessionTags: query.sessionTags ?? statuses.some(({ tagsSessions }) => tagsSessions),
  };
  return {
    serverRoleArn,
    serverPolicy: serverPolicy(roles, options),
    trustPolicies: new Map(
      serverRoleArn === undefined ? [] : roles.map((role) => [role.roleArn, trustPolicy(role, serverRoleArn, options)]),
    ),
    denied,
    doubtful:
      statuses.length > 0
        ? []
        : [...namespaces].flatMap(({ name, permitted, allowedRoles }) =>
            permitted === undefined && allowedRoles !== undefined ? [name] : [],
          ),
  };
}
