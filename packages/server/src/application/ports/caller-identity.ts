type CallerIdentityAnswer =
  | { readonly kind: "arn"; readonly arn: string }
  | { readonly kind: "failure"; readonly detail: string };

export interface CallerIdentity {
  /** Who this process is to AWS (`sts:GetCallerIdentity`); never rejects. */
  ask(signal: AbortSignal): Promise<CallerIdentityAnswer>;
}
