import { NAMESPACE, RELEASE } from "../install/helm.ts";
import { roleArn, SERVER_NODE } from "../install/scene.ts";
import { aPod } from "../main-path/test-pods.ts";
import { shortLivedAgentCertificate } from "./certificates.ts";
import type { Fault, FaultScene } from "./fault.ts";

/** The chain that brings pods' requests to the agent. */
const INTERCEPTION_CHAIN = "ROLECALL";
const CLUSTER_ROLE_BINDING = `${RELEASE}-server`;

const denied = (reason: string) =>
  ({
    metric: `rolecall_server_grants{state="denied",reason="${reason}"}`,
    log: { of: "server", sentence: "denied a role to a pod", field: `"reason":"${reason}"` },
    alert: { alertname: "RolecallRoleDenied", reason },
  }) as const;

const refused = (reason: string) =>
  ({
    metric: `rolecall_server_sts_seconds_count{outcome="${reason}"}`,
    log: { of: "server", sentence: "STS gave no credentials", field: `"reason":"${reason}"` },
  }) as const;

const withPod =
  (pod: Parameters<typeof aPod>[0]) =>
  ({ cluster }: FaultScene) =>
    cluster.apply([aPod(pod)]);
const kubectl = async ({ cluster }: FaultScene, ...args: readonly string[]): Promise<void> => {
  await cluster.kubectl.run(args);
};

/** Slow, since the files are looked at once a minute. */
export const EXPIRY: Fault = {
  name: "An agent's certificate expires",
  pod: "shop/report",
  inject: shortLivedAgentCertificate,
  event: { on: { node: "worker-2" }, reason: "AgentCertificateExpired", says: /^certificate-expired: .* ended at 20/ },
  metric: '(rolecall_agent_certificate_expiry_seconds{certificate="own"} < bool time()) > 0',
  log: { of: "agent", sentence: "the TLS files cannot be used" },
  alert: { alertname: "RolecallCertificateExpiresSoon", certificate: "own" },
  verify: {
    step: "node feed",
    warns: true,
    reason: "certificate-expired",
    says: /but its certificate expired at 20.* cannot connect anew/,
  },
};

/** The faults that people meet most, each as it comes about, and what is to name it. */
export const FAULTS: readonly Fault[] = [
  {
    name: "The namespace has no `permitted` annotation",
    pod: "lab/no-policy",
    inject: withPod({ name: "no-policy", namespace: "lab", role: "web" }),
    event: {
      reason: "RoleForbidden",
      says: /^namespace-policy-missing: .*annotate it with iam.amazonaws.com\/permitted/,
    },
    ...denied("namespace-policy-missing"),
    verify: { step: "namespace policy", reason: "namespace-policy-missing" },
  },
  {
    name: "Its regular expression is wrong",
    pod: "broken/bad-policy",
    inject: withPod({ name: "bad-policy", namespace: "broken", role: "web" }),
    event: { reason: "InvalidNamespacePolicy", says: /^namespace-policy-malformed: / },
    ...denied("namespace-policy-malformed"),
    verify: { step: "namespace policy", reason: "namespace-policy-malformed" },
  },
  {
    name: "The role's trust policy does not name the server",
    pod: "shop/distrusted",
    inject: async (scene) => {
      scene.cloud.sts.roles.deny(roleArn("distrusted"));
      await scene.cluster.apply([aPod({ name: "distrusted", role: "distrusted" })]);
    },
    event: {
      reason: "AssumeRoleFailed",
      says: /trust policy needs \{"Effect":"Allow","Principal":\{"AWS":"arn:aws:iam::/,
    },
    ...refused("sts-access-denied"),
    alert: { alertname: "RolecallAssumeRoleFailing", outcome: "sts-access-denied" },
    verify: { step: "trust", reason: "sts-access-denied", says: /trust policy needs \{"Effect":"Allow"/ },
  },
  {
    name: "The server may not call `sts:AssumeRole`",
    pod: "shop/powerless",
    inject: async (scene) => {
      scene.cloud.sts.faults.failNext({
        action: "AssumeRole",
        roleArn: roleArn("powerless"),
        code: "AccessDenied",
        message: `User: ${roleArn("server")} is not authorized to perform: sts:AssumeRole on resource: ${roleArn("powerless")} because no identity-based policy allows the sts:AssumeRole action`,
        times: Number.POSITIVE_INFINITY,
      });
      await scene.cluster.apply([aPod({ name: "powerless", role: "powerless" })]);
    },
    event: { reason: "AssumeRoleFailed", says: /no identity-based policy allows the sts:AssumeRole action/ },
    ...refused("sts-access-denied"),
    alert: { alertname: "RolecallAssumeRoleFailing", outcome: "sts-access-denied" },
    verify: { step: "trust", reason: "sts-access-denied", says: /no identity-based policy/ },
  },
  {
    name: "The pod is on the host's network",
    pod: "shop/on-host",
    inject: withPod({ name: "on-host", role: "web", hostNetwork: true }),
    event: { reason: "HostNetworkNotSupported", says: /^host-network: .*remove hostNetwork/ },
    ...denied("host-network"),
    verify: { step: "annotation", reason: "host-network" },
  },
  {
    name: "The role's ARN is malformed",
    pod: "shop/typo",
    inject: withPod({ name: "typo", role: "arn:aws:iam::1234:role/web" }),
    event: { reason: "InvalidRole", says: /^role-reference-malformed: / },
    ...denied("role-reference-malformed"),
    verify: { step: "annotation", reason: "role-reference-malformed" },
  },
  {
    name: "STS throttles",
    pod: "shop/throttled",
    inject: async (scene) => {
      scene.cloud.sts.faults.failNext({
        action: "AssumeRole",
        roleArn: roleArn("throttled"),
        code: "Throttling",
        times: Number.POSITIVE_INFINITY,
      });
      await scene.cluster.apply([aPod({ name: "throttled", role: "throttled" })]);
    },
    event: { reason: "AssumeRoleFailed", says: /^sts-throttled: / },
    ...refused("sts-throttled"),
    alert: { alertname: "RolecallStsThrottled" },
    verify: { step: "trust", reason: "sts-throttled" },
  },
  {
    name: "The server's clock is off",
    pod: "shop/late",
    inject: async (scene) => {
      scene.cloud.sts.faults.skewMs = 600_000;
      await scene.cluster.apply([aPod({ name: "late", role: "late" })]);
    },
    heal: async ({ cloud }) => {
      cloud.sts.faults.skewMs = 0;
    },
    event: { reason: "AssumeRoleFailed", says: /^sts-clock-skew: / },
    metric: "abs(rolecall_server_clock_offset_seconds) > 60",
    log: { of: "server", sentence: "STS gave no credentials", field: '"reason":"sts-clock-skew"' },
    alert: { alertname: "RolecallClockOff" },
    verify: {
      step: "trust",
      warns: true,
      reason: "sts-clock-skew",
      says: /the clock of the server \S+ is \d+ s behind that of AWS/,
    },
  },
  {
    name: "Somebody flushes the kernel rules",
    pod: "shop/web",
    inject: async ({ cluster }) => {
      await cluster.node("worker-1").exec(["iptables", "--wait", "-t", "nat", "-F", INTERCEPTION_CHAIN]);
    },
    event: {
      on: { node: "worker-1" },
      reason: "KernelRulesDrifted",
      says: /^rules-drifted: .*leave the chains ROLECALL/,
    },
    metric: "rolecall_agent_rules_drifted_total",
    log: { of: "keeper", sentence: "kernel rules had drifted" },
    alert: { alertname: "RolecallInterceptionDrift" },
    verify: {
      step: "interception",
      warns: true,
      reason: "rules-drifted",
      says: /something on the node changed them \d+ s ago/,
    },
  },
  {
    name: "A node has no agent",
    pod: "shop/astray",
    inject: withPod({ name: "astray", role: "web", node: SERVER_NODE }),
    heal: (scene) => kubectl(scene, "delete", "pod", "astray", "--namespace=shop"),
    event: { reason: "AgentMissing", says: /^agent-missing: no agent is heard of on server-1/ },
    metric: "rolecall_server_nodes_without_agent",
    log: { of: "server", sentence: "no agent is heard of on a node", field: `"node":"${SERVER_NODE}"` },
    alert: { alertname: "RolecallAgentMissing" },
    verify: { step: "node feed", reason: "agent-missing", says: /no agent runs on server-1/ },
  },
  EXPIRY,
  {
    name: "The server lacks its rights in the cluster",
    pod: "shop/web",
    inject: async (scene) => {
      await kubectl(scene, "delete", "clusterrolebinding", CLUSTER_ROLE_BINDING);
      const selector = "--selector=app.kubernetes.io/component=server";
      await kubectl(scene, "delete", "pods", `--namespace=${NAMESPACE}`, selector, "--grace-period=0", "--force");
    },
    event: { on: "server", reason: "RightsMissing", says: /^rights-missing: cannot get pods/ },
    metric: 'rolecall_server_check_passed{check="rbac"} == bool 0',
    log: { of: "server", sentence: "cannot get pods: set the chart value rbac.create", field: '"check":"rbac"' },
    alert: { alertname: "RolecallCheckFailing", check: "rbac" },
    verify: { step: "grant", reason: "rights-missing", says: /rbac: cannot get pods/ },
  },
];
