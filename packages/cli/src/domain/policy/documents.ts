import type { RoleInUse } from "./roles-in-use.ts";

export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow";
  readonly Principal?: { readonly AWS: string };
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: { readonly StringEquals: { readonly "sts:ExternalId": readonly string[] } };
}

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

const document = (statements: readonly Statement[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements,
});

export interface PolicyOptions {
  /** Whether the servers send session tags. */
  readonly sessionTags: boolean;
}

const actions = ({ sessionTags }: PolicyOptions) => ["sts:AssumeRole", ...(sessionTags ? ["sts:TagSession"] : [])];

/** The least that the servers' role needs: to assume the roles in use, and nothing else. */
export const serverPolicy = (roles: readonly RoleInUse[], options: PolicyOptions): PolicyDocument =>
  document([
    {
      Sid: "AssumePodRoles",
      Effect: "Allow",
      Action: actions(options),
      Resource: roles.map(({ roleArn }) => roleArn),
    },
  ]);

/**
 * The trust policy of one role in use. The external ID is asked for only where every pod of the role names one: a
 * condition would lock the others out.
 */
export const trustPolicy = (role: RoleInUse, serverRoleArn: string, options: PolicyOptions): PolicyDocument =>
  document([
    {
      Sid: "RolecallServers",
      Effect: "Allow",
      Principal: { AWS: serverRoleArn },
      Action: actions(options),
      ...(role.externalIds.length > 0 &&
        !role.isUsedWithoutExternalId && { Condition: { StringEquals: { "sts:ExternalId": role.externalIds } } }),
    },
  ]);
