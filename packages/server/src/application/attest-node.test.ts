import { beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { aPod } from "../../test/support/a-pod.ts";
import type { Proof, ReviewedToken } from "../domain/node/attestation.ts";
import { PodInventory } from "../domain/pod/pod-inventory.ts";
import { AttestNode } from "./attest-node.ts";
import type { TokenVerifier, VerifiedToken } from "./ports/token-verifier.ts";

let clock: FakeClock;
let asked: { reviews: number; pods: string[]; nodes: string[] };
let review: () => Promise<Partial<ReviewedToken> | "no-answer">;
let verify: () => VerifiedToken;
let proven: Proof[];
let nodeUid: string | undefined;
let pods: PodInventory;
let attestation: AttestNode;

const agentPod = aPod({ uid: "pod-uid", namespace: "rolecall", name: "agent-1", node: "worker-1", hostNetwork: true });
const identity = { node: "worker-1", podUid: "pod-uid", expiresAtMs: undefined, proof: "token-review" };

beforeEach(() => {
  clock = new FakeClock();
  asked = { reviews: 0, pods: [], nodes: [] };
  review = async () => ({});
  nodeUid = "node-uid";
  pods = new PodInventory();
  pods.upsert(agentPod);
  verify = () => signed();
  proven = [];
  attestation = attestNode({ verify: async () => verify() });
});

const signed = (change: object = {}): VerifiedToken => ({
  kind: "signed",
  issuer: "https://issuer",
  claims: {
    issuer: "https://issuer",
    audiences: ["server"],
    notBeforeMs: clock.nowMs(),
    expiresAtMs: clock.nowMs() + 600_000,
    namespace: "rolecall",
    serviceAccount: "agent",
    podName: "agent-1",
    podUid: "pod-uid",
    nodeName: "worker-1",
    nodeUid: "node-uid",
    ...change,
  },
});

const attestNode = (signatures: TokenVerifier | undefined) =>
  new AttestNode({
    reviewer: {
      async review() {
        asked.reviews += 1;
        const answer = await review();
        if (answer === "no-answer") return { kind: "no-answer", cause: new Error("ECONNREFUSED") };
        const token = {
          authenticated: true,
          username: "system:serviceaccount:rolecall:agent",
          audiences: ["server"],
          podName: "agent-1",
          podUid: "pod-uid",
          nodeName: "worker-1",
          nodeUid: "node-uid",
          expiresAtMs: undefined,
          ...answer,
        };
        return { kind: "reviewed", token };
      },
    },
    signatures,
    pods,
    podReader: {
      async read(namespace, name) {
        asked.pods.push(`${namespace}/${name}`);
        return name === "agent-1" ? agentPod : undefined;
      },
    },
    nodes: {
      async uidOf(name) {
        asked.nodes.push(name);
        return nodeUid;
      },
    },
    rules: { serviceAccount: { namespace: "rolecall", name: "agent" }, audience: "server" },
    clock,
    hash: (token) => token,
    onProven: (proof) => proven.push(proof),
  });

test("the API server is asked once a minute for a token, however many calls carry it", async () => {
  await Promise.all(Array.from({ length: 100 }, () => attestation.attest("token")));
  await clock.advance(59_000);
  expect(attestation.isKnown("token")).toBe(true);
  await attestation.attest("token");
  expect(asked).toEqual({ reviews: 1, pods: [], nodes: ["worker-1"] });
  await clock.advance(2_000);
  expect(attestation.isKnown("token")).toBe(false);
  await attestation.attest("token");
  expect(asked.reviews).toBe(2);
});

test("a token that is no longer taken is refused a minute later at the latest", async () => {
  await attestation.attest("token");
  review = async () => ({ authenticated: false });
  await clock.advance(60_000);
  expect(await attestation.attest("token")).toMatchObject({ kind: "refused" });
});

test("neither a refusal nor an API server that does not answer is remembered", async () => {
  review = async () => ({ authenticated: false });
  expect(await attestation.attest("token")).toMatchObject({ kind: "refused" });
  review = () => Promise.reject(new Error("ECONNREFUSED"));
  await expect(attestation.attest("token")).rejects.toThrow("ECONNREFUSED");
  review = async () => ({});
  expect(await attestation.attest("token")).toEqual({ kind: "attested", identity });
});

test("a token that has expired is refused, even where the API server still takes it", async () => {
  review = async () => ({ expiresAtMs: clock.nowMs() });
  expect(await attestation.attest("token")).toMatchObject({ kind: "refused", reason: "token-refused" });
});

describe("the agent's pod", () => {
  test("may come to the watch late: once it has left, its token is asked about anew", async () => {
    pods.remove(agentPod);
    await attestation.attest("token");
    pods.upsert(agentPod);
    pods.remove(agentPod);
    expect(attestation.isKnown("token")).toBe(false);
  });

  test("may leave while its token is asked about, which is then worth nothing", async () => {
    const answer = Promise.withResolvers<object>();
    review = () => answer.promise;
    const attested = attestation.attest("token");
    pods.remove(agentPod);
    answer.resolve({});
    expect(await attested).toMatchObject({ kind: "refused", reason: "agent-gone" });
  });

  test("is read from the API server where the watch has not brought it", async () => {
    pods.remove(agentPod);
    expect(await attestation.attest("token")).toEqual({ kind: "attested", identity });
    expect(asked.pods).toEqual(["rolecall/agent-1"]);
  });

  test("has only to leave for its token to be asked about anew", async () => {
    await attestation.attest("token");
    pods.remove(agentPod);
    review = async () => ({ authenticated: false });
    expect(attestation.isKnown("token")).toBe(false);
    expect(await attestation.attest("token")).toMatchObject({ kind: "refused", reason: "token-refused" });
    expect(asked.reviews).toBe(2);
  });

  test("must be there: a token outlives it by a minute", async () => {
    review = async () => ({ podUid: "gone", podName: "agent-0" });
    expect(await attestation.attest("token")).toMatchObject({ kind: "refused", reason: "agent-gone" });
  });
});

test("a node of the same name that is another machine is not the token's", async () => {
  nodeUid = "another";
  expect(await attestation.attest("token")).toMatchObject({ kind: "refused", reason: "node-gone" });
});

describe("while the API server cannot be asked", () => {
  beforeEach(() => {
    review = async () => "no-answer";
  });

  test("a token is taken on its signature, for a minute at most, and nothing else is asked", async () => {
    const bySignature = { ...identity, expiresAtMs: clock.nowMs() + 600_000, proof: "signature" };
    expect(await attestation.attest("token")).toEqual({ kind: "attested", identity: bySignature });
    await attestation.attest("token");
    expect(asked).toEqual({ reviews: 1, pods: [], nodes: [] });
    await clock.advance(60_000);
    expect(attestation.isKnown("token")).toBe(false);
    await attestation.attest("token");
    expect(proven).toEqual(["signature", "signature"]);
  });

  test("and no longer than it lives", async () => {
    verify = () => signed({ expiresAtMs: clock.nowMs() + 20_000 });
    const verdict = await attestation.attest("token");
    await clock.advance(20_000);
    expect([verdict.kind, attestation.isKnown("token")]).toEqual(["attested", false]);
  });

  test("a token that the API server did not sign is refused", async () => {
    verify = () => ({ kind: "forged", detail: "signature verification failed" });
    expect(await attestation.attest("token")).toMatchObject({ kind: "refused", reason: "token-refused" });
  });

  test.each<[string, () => VerifiedToken]>([
    ["a key that was not read", () => ({ kind: "key-unknown", detail: "a key that was not read" })],
    ["claims that leave room for doubt", () => signed({ nodeName: undefined })],
  ])("%s decides nothing, and is not remembered", async (_what, answer) => {
    verify = answer;
    const verdict = await attestation.attest("token");
    expect(verdict).toMatchObject({ kind: "undecided", detail: expect.stringContaining("ECONNREFUSED") });
    verify = () => signed();
    expect(await attestation.attest("token")).toMatchObject({ kind: "attested" });
  });

  test("a pod that the watch has seen go is worth nothing, at once", async () => {
    await attestation.attest("token");
    pods.remove(agentPod);
    expect(await attestation.attest("token")).toMatchObject({ kind: "undecided" });
    expect(asked.pods).toEqual([]);
  });

  test("nothing is gone by where signatures are not", async () => {
    await expect(attestNode(undefined).attest("token")).rejects.toThrow("ECONNREFUSED");
  });

  test("what was taken on a signature is asked of the API server as soon as it is back, and what it said is not", async () => {
    await attestation.attest("token");
    review = async () => ({ authenticated: false });
    attestation.apiServerAnswered();
    expect(attestation.isKnown("token")).toBe(false);
    expect(await attestation.attest("token")).toMatchObject({ kind: "refused", reason: "token-refused" });
    review = async () => ({});
    await attestation.attest("token");
    attestation.apiServerAnswered();
    expect(attestation.isKnown("token")).toBe(true);
  });
});

test("a signature is never looked at once the API server has answered, whatever it answered", async () => {
  verify = () => {
    throw new Error("looked at");
  };
  review = async () => ({ authenticated: false });
  expect(await attestation.attest("token")).toMatchObject({ kind: "refused" });
  review = () => Promise.reject(new Error("HTTP 500"));
  await expect(attestation.attest("token")).rejects.toThrow("HTTP 500");
});
