import { describe, expect, test } from "@jest/globals";
import { aReadyPod, aRole } from "../../../test/metadata/pods.ts";
import { tokenOfPod } from "../../../test/metadata/service-account-token.ts";
import { containerRefusal, decideContainerCredentials } from "./container-credentials.ts";
import { type HeaderValue, REPEATED } from "./request-hygiene.ts";
import type { RefusedOutcome } from "./response.ts";

const NOW_MS = Date.parse("2026-01-01T00:00:00Z");
const ready = aReadyPod("pod-1", aRole("web"), NOW_MS);
const decide = (authorization: HeaderValue) => decideContainerCredentials(authorization, ready, NOW_MS);

test("the pod that a token was made for gets its credentials as JSON", () => {
  const decision = decide(tokenOfPod("pod-1"));
  if (decision.kind !== "answer") throw new Error("is waiting");
  expect(decision.response).toMatchObject({ status: 200, contentType: "application/json" });
  expect(JSON.parse(decision.response.body)).toEqual({
    AccessKeyId: "ASIAPOD-1",
    SecretAccessKey: "secret-key-of-pod-1",
    Token: "session-token-of-pod-1",
    Expiration: "2026-01-01T00:55:00Z",
    AccountId: "123456789012",
  });
});

describe("no credentials for", () => {
  const base64url = (text: string) => Buffer.from(text).toString("base64url");
  test.each<[string, HeaderValue, RefusedOutcome]>([
    ["no Authorization", undefined, "authorization-missing"],
    ["two", REPEATED, "authorization-invalid"],
    ["another pod's token", tokenOfPod("pod-2"), "authorization-invalid"],
    ["no token", "Basic dXNlcjpwYXNz", "authorization-invalid"],
    ["a token with no pod in it", `e30.${base64url("{}")}.c2ln`, "authorization-invalid"],
    [
      "a token whose pod is no text",
      `e30.${base64url('{"kubernetes.io":{"pod":{"uid":1}}}')}.c2ln`,
      "authorization-invalid",
    ],
    ["a token that holds nothing", `e30.${base64url("null")}.c2ln`, "authorization-invalid"],
    ["a token of other bytes", "e30.____.c2ln", "authorization-invalid"],
  ])("%s", (_what, authorization, outcome) => {
    expect(decide(authorization)).toEqual({
      kind: "answer",
      response: containerRefusal(outcome),
    });
  });
});

test("a pod whose credentials are on their way is waited for", () => {
  const decision = decideContainerCredentials(tokenOfPod("pod-1"), { ...ready, kind: "pending" }, NOW_MS);
  expect(decision).toEqual({ kind: "wait", otherwise: "credentials-pending" });
});

test("a refusal is JSON that names its reason", () => {
  expect(containerRefusal("pod-without-role")).toMatchObject({
    status: 404,
    contentType: "application/json",
    body: '{"code":"pod-without-role","message":"pod without role"}',
  });
});
