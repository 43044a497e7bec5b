import { describe, expect, test } from "@jest/globals";
import type { ClusterFacts } from "./attestation.ts";
import { attestBySignature, type SignedClaims } from "./signed-claims.ts";

const NOW_MS = 1_800_000_000_000;
const RULES = { serviceAccount: { namespace: "rolecall", name: "rolecall-agent" }, audience: "rolecall-server" };
const claims: SignedClaims = {
  issuer: "https://kubernetes.default.svc",
  audiences: ["rolecall-server"],
  notBeforeMs: NOW_MS - 1_000,
  expiresAtMs: NOW_MS + 600_000,
  namespace: "rolecall",
  serviceAccount: "rolecall-agent",
  podName: "rolecall-agent-x1",
  podUid: "pod-uid",
  nodeName: "worker-1",
  nodeUid: "node-uid",
};
const agentPod: ClusterFacts["pod"] = { uid: "pod-uid", node: "worker-1", finished: false };

const judge = (change: Partial<SignedClaims>, pod: ClusterFacts["pod"] = agentPod) =>
  attestBySignature({ ...claims, ...change }, RULES, {
    issuer: "https://kubernetes.default.svc",
    nowMs: NOW_MS,
    podOf: (uid) => (pod?.uid === uid ? pod : undefined),
  });

test("an agent's own token proves its node, and says by what", () => {
  expect(judge({})).toEqual({
    kind: "attested",
    identity: { node: "worker-1", podUid: "pod-uid", expiresAtMs: NOW_MS + 600_000, proof: "signature" },
  });
});

describe("a token that the API server signed is refused", () => {
  test.each<[string, Partial<SignedClaims>, string]>([
    ["once it has expired", { expiresAtMs: NOW_MS }, "token-refused"],
    ["before it is valid by more than clocks differ", { notBeforeMs: NOW_MS + 61_000 }, "token-refused"],
    ["for another audience", { audiences: ["https://kubernetes.default.svc"] }, "token-refused"],
    ["for none", { audiences: [] }, "token-refused"],
    ["of another ServiceAccount", { serviceAccount: "default" }, "not-an-agent"],
    ["of a same-named ServiceAccount of another namespace", { namespace: "shop" }, "not-an-agent"],
    ["of no ServiceAccount", { namespace: undefined, serviceAccount: undefined }, "not-an-agent"],
    ["that is bound to no pod", { podName: undefined, podUid: undefined }, "token-without-pod"],
    ["of another node than its pod's", { nodeName: "worker-2" }, "node-gone"],
  ])("%s", (_what, change, reason) => {
    expect(judge(change)).toMatchObject({ kind: "refused", reason });
  });

  test("of a pod that has ended", () => {
    expect(judge({}, { uid: "pod-uid", node: "worker-1", finished: true })).toMatchObject({ reason: "agent-gone" });
  });
});

describe("only the API server could say what", () => {
  test.each<[string, Partial<SignedClaims>]>([
    ["a token of another issuer is", { issuer: "https://old.example" }],
    ["a token of no issuer is", { issuer: undefined }],
    ["a token that never ends is", { expiresAtMs: undefined }],
    ["a token of Kubernetes before 1.30 is, which names no node", { nodeName: undefined, nodeUid: undefined }],
    ["a token is that names a node without its UID", { nodeUid: undefined }],
    ["a token of a pod is that the watch has not, or no longer", { podUid: "gone" }],
  ])("%s", (_what, change) => {
    expect(judge(change)).toMatchObject({ kind: "undecided" });
  });
});

test("a clock that is behind the API server's by less than a minute is no obstacle", () => {
  expect(judge({ notBeforeMs: NOW_MS + 59_000 })).toMatchObject({ kind: "attested" });
});
