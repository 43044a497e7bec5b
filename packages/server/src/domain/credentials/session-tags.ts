import type { Pod } from "../pod/pod.ts";

/** One tag of a session: its key and its value. */
export type SessionTag = readonly [key: string, value: string];

/**
 * The names that EKS Pod Identity gives to what it tags sessions with, so that a policy's condition on
 * `aws:PrincipalTag/…` holds for both.
 * Source: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
 */
export const SESSION_TAG_NAMES = [
  "eks-cluster-arn",
  "eks-cluster-name",
  "kubernetes-namespace",
  "kubernetes-service-account",
  "kubernetes-pod-name",
  "kubernetes-pod-uid",
] as const;
export type SessionTagName = (typeof SESSION_TAG_NAMES)[number];

export interface SessionTagRules {
  readonly names: readonly SessionTagName[];
  /** Needed for the tags of the cluster alone. */
  readonly clusterArn: string | undefined;
}

/** The names that say something of the cluster. */
export const isClusterTag = (name: SessionTagName): boolean => name.startsWith("eks-cluster-");

const CLUSTER_ARN = /^arn:aws[a-z-]*:eks:[a-z0-9-]+:\d{12}:cluster\/([A-Za-z0-9][\w-]{0,99})$/;

/** The cluster's name; undefined for what is no ARN of an EKS cluster. */
export const clusterName = (arn: string): string | undefined => CLUSTER_ARN.exec(arn)?.[1];

/** The tags of a pod's session, in the order of {@link SESSION_TAG_NAMES}, so that equal sets make equal assumptions. */
export function sessionTags(
  { names, clusterArn = "" }: SessionTagRules,
  pod: Pick<Pod, "namespace" | "serviceAccount" | "name" | "uid">,
): readonly SessionTag[] {
  const values: Readonly<Record<SessionTagName, string>> = {
    "eks-cluster-arn": clusterArn,
    "eks-cluster-name": clusterName(clusterArn) ?? "",
    "kubernetes-namespace": pod.namespace,
    "kubernetes-service-account": pod.serviceAccount,
    "kubernetes-pod-name": pod.name,
    "kubernetes-pod-uid": pod.uid,
  };
  return SESSION_TAG_NAMES.filter((name) => names.includes(name)).map((name) => [name, values[name]]);
}
