import { describe, expect, test } from "@jest/globals";
import { type AgentClaims, attest, type ClusterFacts, checkToken } from "./attestation.ts";

const RULES = { serviceAccount: { namespace: "rolecall", name: "rolecall-agent" }, audience: "rolecall-server" };
const agentToken = {
  authenticated: true,
  username: "system:serviceaccount:rolecall:rolecall-agent",
  audiences: ["rolecall-server"],
  podName: "rolecall-agent-x1",
  podUid: "pod-uid",
  nodeName: "worker-1",
  nodeUid: "node-uid",
  expiresAtMs: 600_000,
};
const claims: AgentClaims = {
  namespace: "rolecall",
  podName: "rolecall-agent-x1",
  podUid: "pod-uid",
  nodeName: "worker-1",
  nodeUid: "node-uid",
  expiresAtMs: 600_000,
};
const cluster: ClusterFacts = { pod: { uid: "pod-uid", node: "worker-1", finished: false }, nodeUid: "node-uid" };

test("an agent's own token claims its pod and its node", () => {
  expect(checkToken(agentToken, RULES)).toEqual({ kind: "claims", claims });
});

describe("a peer is refused", () => {
  test.each([
    ["whose token has expired or was never issued", { authenticated: false }, "token-refused"],
    ["whose token is for another audience", { audiences: [] }, "token-refused"],
    ["whose token is another ServiceAccount's", { username: "system:serviceaccount:shop:default" }, "not-an-agent"],
    [
      "whose token is a same-named ServiceAccount's of another namespace",
      { username: "system:serviceaccount:shop:rolecall-agent" },
      "not-an-agent",
    ],
    ["whose token is a user's", { username: "rolecall-agent" }, "not-an-agent"],
    ["whose token is bound to no pod", { podName: undefined, podUid: undefined }, "token-without-pod"],
  ])("%s", (_who, change, reason) => {
    expect(checkToken({ ...agentToken, ...change }, RULES)).toMatchObject({ kind: "refused", reason });
  });
});

const attested = {
  kind: "attested",
  identity: { node: "worker-1", podUid: "pod-uid", expiresAtMs: 600_000, proof: "token-review" },
};

test("claims that are still so make an agent of that node", () => {
  expect(attest(claims, cluster, "token-review")).toEqual(attested);
});

test("before Kubernetes 1.30 the node is that of the pod that the token names", () => {
  expect(attest({ ...claims, nodeName: undefined, nodeUid: undefined }, cluster, "token-review")).toEqual(attested);
});

describe("claims are refused", () => {
  const pod = { uid: "pod-uid", node: "worker-1", finished: false };
  test.each<[string, Partial<ClusterFacts>, string]>([
    ["of a pod that is gone", { pod: undefined }, "agent-gone"],
    ["of a pod whose name another has now", { pod: { ...pod, uid: "other" } }, "agent-gone"],
    ["of a pod that has ended", { pod: { ...pod, finished: true } }, "agent-gone"],
    ["of a pod that is on no node", { pod: { ...pod, node: undefined } }, "agent-gone"],
    ["of a pod on another node", { pod: { ...pod, node: "worker-2" } }, "node-gone"],
    ["of a node that is gone", { nodeUid: undefined }, "node-gone"],
    ["of a node whose name another machine has now", { nodeUid: "other" }, "node-gone"],
  ])("%s", (_what, change, reason) => {
    expect(attest(claims, { ...cluster, ...change }, "token-review")).toMatchObject({ kind: "refused", reason });
  });
});
