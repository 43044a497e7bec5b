import { as, type LegacyFlag, none, sessionDuration } from "./legacy-flag.ts";

const customKey =
  (annotation: string) =>
  (text: string): string | undefined =>
    text === annotation ? undefined : `rename the annotation ${text} to ${annotation}: its name is fixed`;

export const KUBE2IAM_FLAGS: readonly LegacyFlag[] = [
  { name: "kubeconfig", becomes: "nothing; the chart sets it" },
  { name: "api-server", becomes: "nothing; agents do not ask the Kubernetes API" },
  { name: "api-token", becomes: "nothing; agents do not ask the Kubernetes API" },
  { name: "insecure", isSwitch: true, becomes: "nothing; certificates are always checked" },
  { name: "app-port", becomes: "`agent.metadata.port`; any free port serves, as no pod names it" },
  { name: "metrics-port", becomes: "`agent.adminPort`; pods do not reach it by the metadata address" },
  { name: "base-role-arn", becomes: "`aws.roleBaseArn`", values: as("aws.roleBaseArn") },
  {
    name: "auto-discover-base-arn",
    isSwitch: true,
    becomes: "nothing; without `aws.roleBaseArn` the account is found out from STS",
  },
  {
    name: "auto-discover-default-role",
    isSwitch: true,
    becomes: "nothing; a pod without an annotation gets no role, and never the node's",
    decide: () => "annotate the pods that lived on the node's role",
  },
  {
    name: "default-role",
    becomes: "nothing; a pod without an annotation gets no role",
    decide: (text) => `annotate the pods that lived on the default role ${text}`,
  },
  {
    name: "iam-role-key",
    becomes: "nothing; the annotation is `iam.amazonaws.com/role`",
    decide: customKey("iam.amazonaws.com/role"),
  },
  {
    name: "iam-external-id",
    becomes: "nothing; the annotation is `iam.amazonaws.com/external-id`",
    decide: customKey("iam.amazonaws.com/external-id"),
  },
  {
    name: "namespace-key",
    becomes: "nothing; the annotation is `iam.amazonaws.com/allowed-roles`, or better `iam.amazonaws.com/permitted`",
    decide: customKey("iam.amazonaws.com/allowed-roles"),
  },
  {
    name: "namespace-restrictions",
    isSwitch: true,
    becomes: "`namespacePolicy.allowedRoles`; there is no way to permit every role to every namespace",
    values: (text) => (text === "false" ? {} : { "namespacePolicy.allowedRoles": true }),
  },
  {
    name: "namespace-restriction-format",
    becomes: "nothing; `allowed-roles` are globs, whose `*` does not cross a slash (`**` does)",
    decide: (text) =>
      text === "regexp"
        ? "write the expressions as iam.amazonaws.com/permitted: one that matches the whole ARN"
        : undefined,
  },
  sessionDuration("iam-role-session-ttl"),
  { name: "iam-role-error-ttl", becomes: "nothing; a refusal is asked again after 10 seconds, then less often" },
  { name: "cache-resync-period", becomes: none },
  {
    name: "resolve-duplicate-cache-ips",
    isSwitch: true,
    becomes: "nothing; the node's own record says whose an address is",
  },
  { name: "node", becomes: "nothing; the chart sets it" },
  { name: "host-ip", becomes: "nothing; the agent listens on an address of its own, 169.254.253.1" },
  {
    name: "host-interface",
    becomes: "nothing; no interface is named (`interception.hostInterface` narrows it, for habits)",
  },
  { name: "iptables", isSwitch: true, becomes: "`interception.enabled`, on by default" },
  {
    name: "metadata-addr",
    becomes:
      "`ROLECALL_IMDS_ENDPOINT` in `agent.env`, a URL; pods' requests to 169.254.169.254 are intercepted all the same",
    decide: (text) =>
      text === "169.254.169.254"
        ? undefined
        : `set ROLECALL_IMDS_ENDPOINT=http://${text} in agent.env where the node's own metadata is really there`,
  },
  { name: "backoff-max-interval", becomes: "nothing; a pod not known yet is held for at most 400 ms" },
  { name: "backoff-max-elapsed-time", becomes: "nothing; a pod not known yet is held for at most 400 ms" },
  { name: "log-format", becomes: "nothing; logs are always JSON" },
  {
    name: "log-level",
    becomes: "`logLevel`",
    values: (text) => (["debug", "info", "warn", "error"].includes(text) ? { logLevel: text } : {}),
  },
  {
    name: "verbose",
    isSwitch: true,
    becomes: "`logLevel: debug`",
    values: (text) => (text === "false" ? {} : { logLevel: "debug" }),
  },
  { name: "debug", isSwitch: true, becomes: "nothing; the servers' status page shows what is known" },
  { name: "use-regional-sts-endpoint", isSwitch: true, becomes: "nothing; the endpoint is always the region's" },
  { name: "version", isSwitch: true, becomes: none },
];
