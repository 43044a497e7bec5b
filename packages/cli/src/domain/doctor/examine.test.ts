import { describe, expect, test } from "@jest/globals";
import { examine } from "./examine.ts";
import type { ClusterFacts, Known } from "./facts.ts";

const known = <T>(value: T): Known<T> => ({ kind: "known", value });
const aPod = (name: string, ready = true) => ({
  name,
  node: "n",
  ready,
  version: "0.1.0",
  problem: ready ? undefined : "ImagePullBackOff",
});
const aNode = (name: string, taints = ["rolecall.dev/server=true:NoSchedule"]) => ({
  name,
  labels: { "rolecall.dev/server": "true" },
  taints,
});
const workload = {
  desired: 2,
  nodeSelector: { "kubernetes.io/os": "linux", "rolecall.dev/server": "true" },
  secrets: ["rolecall-server-tls"],
};
const asking = (namespace: string) => ({
  version: 1,
  uid: "u",
  namespace,
  name: "web",
  serviceAccount: "default",
  node: "n",
  ips: [],
  hostNetwork: false,
  finished: false,
  annotations: { role: "web", sessionName: undefined, externalId: undefined, sessionDuration: undefined },
});

/** A cluster where everything is well. */
const WELL: ClusterFacts = {
  version: "v1.34.1",
  namespace: "rolecall",
  namespaceLabels: known({}),
  rights: known([{ verb: "list", resource: "pods", purpose: "to know", isAllowed: true }]),
  deployment: known(workload),
  daemonSet: known(workload),
  servers: known([aPod("s1"), aPod("s2")]),
  agents: known([aPod("a1"), aPod("a2")]),
  nodes: known([aNode("n1"), aNode("n2")]),
  hasCertManager: known(false),
  pods: known([asking("shop")]),
  namespaces: known([{ name: "shop", permitted: ".*" }]),
};

const outcomes = (facts: Partial<ClusterFacts>) =>
  Object.fromEntries(examine({ ...WELL, ...facts }).map(({ name, outcome }) => [name, outcome]));

test("a cluster where everything is well has no finding", () => {
  expect(new Set(Object.values(outcomes({})))).toEqual(new Set(["good"]));
});

describe("is found:", () => {
  const cases: readonly (readonly [string, Partial<ClusterFacts>, string, string, string])[] = [
    ["an old Kubernetes", { version: "v1.29.3-eks" }, "Kubernetes", "failed", "Upgrade it."],
    ["no namespace", { namespaceLabels: known(undefined) }, "namespace", "failed", "Install"],
    [
      "a Pod Security level that refuses agents",
      { namespaceLabels: known({ "pod-security.kubernetes.io/enforce": "baseline" }) },
      "namespace",
      "failed",
      "enforce=privileged",
    ],
    [
      "a right that is missing",
      { rights: known([{ verb: "create", resource: "pods/portforward", purpose: "to ask", isAllowed: false }]) },
      "your rights",
      "warning",
      "granted",
    ],
    ["no node for servers", { nodes: known([]) }, "servers' nodes", "failed", "kubectl label node"],
    [
      "a node of servers without a taint",
      { nodes: known([aNode("n1", []), aNode("n2")]) },
      "servers' nodes",
      "warning",
      "kubectl taint node n1",
    ],
    ["only one node for servers", { nodes: known([aNode("n1")]) }, "servers' nodes", "warning", "two"],
    ["no install", { deployment: known(undefined) }, "servers", "failed", "Install"],
    ["an agent that is not ready", { agents: known([aPod("a1"), aPod("a2", false)]) }, "agents", "failed", "get pods"],
    [
      "two versions",
      { agents: known([{ ...aPod("a1"), version: "0.2.0" }, aPod("a2")]) },
      "versions",
      "warning",
      "rollout",
    ],
    [
      "certificates without their maker",
      { deployment: known({ ...workload, secrets: ["rolecall-server-issued"] }) },
      "certificates",
      "failed",
      "cert-manager",
    ],
    [
      "a namespace that permits nothing",
      { namespaces: known([{ name: "shop", permitted: undefined }]) },
      "namespaces",
      "failed",
      "permitted",
    ],
  ];
  test.each(cases)("%s", (_what, facts, name, outcome, fix) => {
    const found = examine({ ...WELL, ...facts }).filter((check) => check.outcome !== "good");
    expect(found).toMatchObject([{ name, outcome, fix: expect.stringContaining(fix) }]);
  });
});

test("what may not be read is unknown, and the rest is checked", () => {
  const why: Known<never> = { kind: "unknown", why: "nodes is forbidden" };
  expect(outcomes({ nodes: why })).toMatchObject({ "servers' nodes": "unknown", servers: "good" });
});
