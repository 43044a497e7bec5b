/** A role that assumes another ("role chaining") gets sessions of at most an hour, whatever the role's own maximum. */
export const MAX_CHAINED_SECONDS = 3_600;

/** Whether a caller is a role's session. EC2 instance profiles, IRSA and Pod Identity all give such; an IAM user is none. */
export const isRoleSession = (callerArn: string): boolean => /^arn:[^:]+:sts::\d+:assumed-role\//.test(callerArn);
