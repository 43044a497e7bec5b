import { beforeEach, expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { AttestNode } from "./attest-node.ts";

let clock: FakeClock;
let reviews: number;
let answer: () => Promise<{ authenticated: boolean }>;
let attestation: AttestNode;

beforeEach(() => {
  clock = new FakeClock();
  reviews = 0;
  answer = async () => ({ authenticated: true });
  attestation = new AttestNode({
    reviewer: {
      async review() {
        reviews += 1;
        const username = "system:serviceaccount:rolecall:agent";
        return { username, audiences: ["server"], nodeName: "worker-1", ...(await answer()) };
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
  await attestation.attest("token");
  expect(reviews).toBe(1);
  await clock.advance(2_000);
  await attestation.attest("token");
  expect(reviews).toBe(2);
});

test("a token that is no longer taken is refused a minute later at the latest", async () => {
  await attestation.attest("token");
  answer = async () => ({ authenticated: false });
  await clock.advance(60_000);
  expect(await attestation.attest("token")).toMatchObject({ kind: "refused" });
});

test("neither a refusal nor an API server that does not answer is remembered", async () => {
  answer = async () => ({ authenticated: false });
  expect(await attestation.attest("token")).toMatchObject({ kind: "refused" });
  answer = () => Promise.reject(new Error("ECONNREFUSED"));
  await expect(attestation.attest("token")).rejects.toThrow("ECONNREFUSED");
  answer = async () => ({ authenticated: true });
  expect(await attestation.attest("token")).toEqual({ kind: "attested", node: "worker-1" });
});

test("a call without a token asks nobody", async () => {
  expect(await attestation.attest(undefined)).toMatchObject({ kind: "refused", reason: "token-missing" });
  expect(reviews).toBe(0);
});
