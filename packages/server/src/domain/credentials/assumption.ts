import type { RoleArn } from "../role/role-arn.ts";
import type { SessionTag } from "./session-tags.ts";

/** One AssumeRole request. Pods whose assumptions are equal share one set of credentials. */
export interface Assumption {
  readonly roleArn: RoleArn;
  readonly sessionName: string;
  readonly externalId: string | undefined;
  readonly durationSeconds: number;
  /** Tags of the session, sent as transitive ones; absent where there are none. */
  readonly tags?: readonly SessionTag[];
}

export type AssumptionKey = string & { readonly __brand: "AssumptionKey" };

/**
 * The canonical key of an assumption, equal exactly where every parameter of the AssumeRole request is equal, so that no
 * pod is ever given credentials that were obtained under another's external ID (kube2iam#98). Not for logs: it holds the
 * external ID.
 */
export function assumptionKey({
  roleArn,
  sessionName,
  externalId,
  durationSeconds,
  tags = [],
}: Assumption): AssumptionKey {
  const parameters = [roleArn, sessionName, externalId ?? null, durationSeconds];
  return JSON.stringify(tags.length === 0 ? parameters : [...parameters, tags]) as AssumptionKey;
}
