import { beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { aPod } from "../../test/support/a-pod.ts";
import type { ReviewedToken } from "../domain/node/attestation.ts";
import { PodInventory } from "../domain/pod/pod-inventory.ts";
import { AttestNode } from "./attest-node.ts";

let clock: FakeClock;
let asked: { reviews: number; pods: string[]; nodes: string[] };
let review: () => Promise<Partial<ReviewedToken>>;
let nodeUid: string | undefined;
let pods: PodInventory;
let attestation: AttestNode;

const agentPod = aPod({ uid: "pod-uid", namespace: "rolecall", name: "agent-1", node: "worker-1", hostNetwork: true });
const identity = { node: "worker-1", podUid: "pod-uid", expiresAtMs: undefined };

beforeEach(() => {
  clock = new FakeClock();
  asked = { reviews: 0, pods: [], nodes: [] };
  review = async () => ({});
  nodeUid = "node-uid";
  pods = new PodInventory();
  pods.upsert(agentPod);
  attestation = new AttestNode({
    reviewer: {
      async review() {
        asked.reviews += 1;
        return {
          authenticated: true,
          username: "system:serviceaccount:rolecall:agent",
          audiences: ["server"],
          podName: "agent-1",
          podUid: "pod-uid",
          nodeName: "worker-1",
          nodeUid: "node-uid",
          expiresAtMs: undefined,
          ...(await review()),
        };
      },
    },
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
    rules: { serviceAccount: "rolecall/agent", audience: "server" },
    clock,
    hash: (token) => token,
  });
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
