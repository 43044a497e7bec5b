import type { RoleArn } from "../role/role-arn.ts";

/** One AssumeRole request. Pods whose assumptions are equal share one set of credentials. */
export interface Assumption {
  readonly roleArn: RoleArn;
  readonly sessionName: string;
  readonly externalId: string | undefined;
  readonly durationSeconds: number;
}

export type AssumptionKey = string & { readonly __brand: "AssumptionKey" };

/**
 * The canonical key of an assumption, equal exactly where every parameter of the AssumeRole request is equal, so that no
 * pod is ever given credentials that were obtained under another's external ID (kube2iam#98). Not for logs: it holds the
 * external ID.
 */
export const assumptionKey = ({ roleArn, sessionName, externalId, durationSeconds }: Assumption): AssumptionKey =>
  JSON.stringify([roleArn, sessionName, externalId ?? null, durationSeconds]) as AssumptionKey;
