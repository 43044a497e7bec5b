import { as, type LegacyFlag, none, sessionDuration } from "./legacy-flag.ts";

/** `--level` of kiam has four of the values we have. */
const level = (text: string) => (["debug", "info", "warn", "error"].includes(text) ? { logLevel: text } : {});

const LOGGING: readonly LegacyFlag[] = [
  { name: "json-log", isSwitch: true, becomes: "nothing; logs are always JSON" },
  { name: "level", becomes: "`logLevel`", values: level },
];
const TELEMETRY: readonly LegacyFlag[] = [
  { name: "prometheus-listen-addr", becomes: "nothing; metrics are always served, on port 9620" },
  { name: "prometheus-sync-interval", becomes: none },
  { name: "statsd", becomes: "nothing; metrics are for Prometheus alone (kiam before v4)" },
  { name: "statsd-prefix", becomes: "nothing; metrics are for Prometheus alone (kiam before v4)" },
  { name: "statsd-interval", becomes: "nothing; metrics are for Prometheus alone (kiam before v4)" },
  {
    name: "pprof-listen-addr",
    becomes: "nothing; there is no such listener",
  },
];
const TLS: readonly LegacyFlag[] = ["cert", "key", "ca"].map((name) => ({
  name,
  becomes: "`tls.mode`; kiam's certificates cannot be kept, as they name neither server nor node",
}));
const KEEPALIVE: readonly LegacyFlag[] = [
  { name: "grpc-keepalive-time-duration", becomes: "nothing; dead peers are noticed within 15 seconds" },
  { name: "grpc-keepalive-timeout-duration", becomes: "nothing; dead peers are noticed within 15 seconds" },
];

export const KIAM_AGENT_FLAGS: readonly LegacyFlag[] = [
  ...LOGGING,
  ...TELEMETRY,
  ...TLS,
  ...KEEPALIVE,
  { name: "port", becomes: "`agent.metadata.port`; any free port serves, as no pod names it" },
  { name: "host", becomes: "nothing; the agent listens on an address of its own, 169.254.253.1" },
  {
    name: "host-interface",
    becomes: "nothing; no interface is named (`interception.hostInterface` narrows it, for habits)",
  },
  { name: "iptables", isSwitch: true, becomes: "`interception.enabled`, on by default" },
  {
    name: "iptables-remove",
    isSwitch: true,
    becomes: "nothing; the guard stays until `interception.cleanup`, so that no pod gets the node's role meanwhile",
  },
  {
    name: "allow-route-regexp",
    becomes:
      "`agent.metadata.allow`, exact leaves instead of an expression; region, zone, instance ID and type and the identity document are always allowed",
    decide: (text) =>
      text === "" || text === "^$"
        ? undefined
        : `name the leaves that ${JSON.stringify(text)} was for in agent.metadata.allow`,
  },
  {
    name: "whitelist-route-regexp",
    becomes: "the same as `--allow-route-regexp`",
    decide: (text) => `name the leaves that ${JSON.stringify(text)} was for in agent.metadata.allow`,
  },
  { name: "allow-ip-query", isSwitch: true, becomes: "nothing; a pod is known by its address alone" },
  { name: "server-address", becomes: "nothing; the chart sets it" },
  { name: "server-address-refresh", becomes: none },
  { name: "gateway-timeout-creation", becomes: "nothing; an agent starts and serves without servers" },
  { name: "grpc-keepalive-permit-without-stream", isSwitch: true, becomes: none },
];

export const KIAM_SERVER_FLAGS: readonly LegacyFlag[] = [
  ...LOGGING,
  ...TELEMETRY,
  ...TLS,
  ...KEEPALIVE,
  { name: "bind", becomes: "nothing; the chart sets it" },
  { name: "kubeconfig", becomes: "nothing; the chart sets it" },
  { name: "sync", becomes: none },
  {
    name: "fetchers",
    becomes: "`ROLECALL_STS_RATE` and `ROLECALL_STS_BURST` in `server.env`, a budget instead of workers",
  },
  { name: "prefetch-buffer-size", becomes: "nothing; no announcement is dropped" },
  { name: "role-base-arn", becomes: "`aws.roleBaseArn`", values: as("aws.roleBaseArn") },
  {
    name: "role-base-arn-autodetect",
    isSwitch: true,
    becomes: "nothing; without `aws.roleBaseArn` the account is found out from STS",
  },
  {
    name: "disable-strict-namespace-regexp",
    isSwitch: true,
    becomes: "nothing; an expression always matches the whole ARN",
    decide: () => "write `.*` around the expressions of namespaces that were meant to match a part of the ARN",
  },
  {
    name: "session",
    becomes: "nothing; a session is called `<namespace>.<service account>`, so that CloudTrail tells workloads apart",
    decide: (text) => `look for policies and CloudTrail queries that name the session kiam-${text}`,
  },
  sessionDuration("session-duration"),
  { name: "session-refresh", becomes: "nothing; refreshed after 40 to 48 % of life" },
  {
    name: "assume-role-arn",
    becomes: "`aws.assumeRole.arn`",
    values: (text) => (text.startsWith("arn:") ? { "aws.assumeRole.arn": text } : {}),
    decide: (text) =>
      text === "" || text.startsWith("arn:") ? undefined : `set aws.assumeRole.arn to the full ARN of the role ${text}`,
  },
  { name: "region", becomes: "`aws.region`", values: as("aws.region") },
  { name: "grpc-max-connection-idle-duration", becomes: none },
  {
    name: "grpc-max-connection-age-duration",
    becomes: "`server.maxConnectionAge`",
    values: as("server.maxConnectionAge"),
  },
  { name: "grpc-max-connection-age-grace-duration", becomes: none },
];
