import { generateKeyPairSync, sign } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { SigningKey } from "@rolecall/sandbox/kubernetes/signing-key";
import type { PodBinding } from "@rolecall/sandbox/kubernetes/tokens";
import type { KubernetesApi } from "../src/adapters/kubernetes/kubernetes-api.ts";
import { TokenSignatures } from "../src/adapters/kubernetes/token-signatures.ts";
import { aKubernetes, type StartedKubernetes } from "./support/a-kubernetes.ts";

let started: StartedKubernetes;
let signatures: TokenSignatures;
const never = new AbortController().signal;
const binding: PodBinding = {
  namespace: "rolecall",
  serviceAccountName: "rolecall-agent",
  podName: "rolecall-agent-x",
  podUid: "pod-uid",
  nodeName: "worker-1",
  nodeUid: "node-uid",
  audiences: ["rolecall-server"],
  expiresAtMs: 2_000_000_000_000,
};

beforeEach(async () => {
  started = await aKubernetes();
  signatures = new TokenSignatures(started.api);
});
afterEach(() => started.stop());

const tokens = () => started.kubernetes.tokens;
const encode = (json: object) => Buffer.from(JSON.stringify(json)).toString("base64url");

test("a token that the API server signed tells what it is bound to", async () => {
  await signatures.read(never);
  expect(await signatures.verify(tokens().issueForPod(binding))).toMatchObject({
    kind: "signed",
    issuer: "https://kubernetes.default.svc",
    claims: {
      issuer: "https://kubernetes.default.svc",
      audiences: ["rolecall-server"],
      expiresAtMs: 2_000_000_000_000,
      namespace: "rolecall",
      serviceAccount: "rolecall-agent",
      podName: "rolecall-agent-x",
      podUid: "pod-uid",
      nodeName: "worker-1",
      nodeUid: "node-uid",
    },
  });
});

test("tokens of a key that came and of those before it are taken, once it has been read", async () => {
  const old = tokens().issueForPod(binding);
  await signatures.read(never);
  tokens().rotateKey();
  const fresh = tokens().issueForPod(binding);
  expect(await signatures.verify(fresh)).toMatchObject({ kind: "key-unknown" });
  await signatures.read(never);
  expect([await signatures.verify(old), await signatures.verify(fresh)].map(({ kind }) => kind)).toEqual([
    "signed",
    "signed",
  ]);
  expect(signatures.keyCount).toBe(2);
});

test("without keys nothing is decided", async () => {
  expect(await signatures.verify(tokens().issueForPod(binding))).toMatchObject({ kind: "key-unknown" });
});

describe("a forged token is found out:", () => {
  const hmac = async (claims: object) => {
    const { createHmac } = await import("node:crypto");
    const { jwk, id } = tokens().signingKey;
    const content = `${encode({ alg: "HS256", kid: id })}.${encode(claims)}`;
    return `${content}.${createHmac("sha256", JSON.stringify(jwk)).update(content).digest("base64url")}`;
  };
  test.each<[string, (claims: object) => string | Promise<string>, string]>([
    [
      "changed claims under a genuine signature",
      () => {
        const [header, , signature] = tokens().issueForPod(binding).split(".");
        return [header, encode(tokens().claimsOf({ ...binding, nodeName: "worker-2" })), signature].join(".");
      },
      "forged",
    ],
    [
      "a signature of another key under the genuine key's name",
      (claims) => new SigningKey().sign(claims, { kid: tokens().signingKey.id }),
      "forged",
    ],
    ["a key of its own", (claims) => new SigningKey().sign(claims), "key-unknown"],
    [
      "a key that it brings along",
      (claims) => {
        const key = new SigningKey();
        return key.sign(claims, { jwk: key.jwk, kid: tokens().signingKey.id });
      },
      "forged",
    ],
    [
      "an address of keys that it brings along",
      (claims) => new SigningKey().sign(claims, { jku: "https://evil.example/jwks" }),
      "key-unknown",
    ],
    [
      "no algorithm",
      (claims) => `${encode({ alg: "none", kid: tokens().signingKey.id })}.${encode(claims)}.`,
      "forged",
    ],
    ["the public key for a shared secret", hmac, "forged"],
    ["no token at all", () => "made-up", "forged"],
    ["nothing", () => "", "forged"],
  ])("%s", async (_how, forge, kind) => {
    await signatures.read(never);
    expect(await signatures.verify(await forge(tokens().claimsOf(binding)))).toMatchObject({ kind });
  });
});

describe("the keys", () => {
  test("stay while the API server cannot be asked, or has an error of its own", async () => {
    await signatures.read(never);
    const token = tokens().issueForPod(binding);
    started.kubernetes.faults.failNext({ resource: "/openid/v1/jwks", status: 500 });
    await expect(signatures.read(never)).rejects.toMatchObject({ status: 500 });
    await started.kubernetes.refuseConnections();
    await expect(signatures.read(never)).rejects.toThrow();
    expect(await signatures.verify(token)).toMatchObject({ kind: "signed" });
  });

  test("are forgotten where the API server no longer gives them, which one that has just started may say in error", async () => {
    await signatures.read(never);
    started.kubernetes.access.deny({ resource: "/openid/v1/jwks" });
    await expect(signatures.read(never)).rejects.toMatchObject({ status: 403 });
    expect(signatures.keyCount).toBeGreaterThan(0);
    await expect(signatures.read(never)).rejects.toMatchObject({ status: 403 });
    expect(signatures.keyCount).toBe(0);
  });

  test("stay where the server's own token is not taken, which says nothing of them", async () => {
    await signatures.read(never);
    for (let time = 0; time < 3; time += 1) {
      started.kubernetes.faults.failNext({ resource: "/openid/v1/jwks", status: 401 });
      await expect(signatures.read(never)).rejects.toMatchObject({ status: 401 });
    }
    expect(signatures.keyCount).toBeGreaterThan(0);
  });

  test("of any form that API servers have are taken", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const jwk = { ...publicKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "rsa" };
    const api: KubernetesApi = {
      request: async ({ path }) => (path === "/openid/v1/jwks" ? { keys: [jwk] } : { issuer: "https://issuer" }),
      stream: () => Promise.reject(new Error("not asked")),
    };
    const ofRsa = new TokenSignatures(api);
    await ofRsa.read(never);
    const content = `${encode({ alg: "RS256", kid: "rsa" })}.${encode({ iss: "https://issuer", aud: "one" })}`;
    const token = `${content}.${sign("sha256", Buffer.from(content), privateKey).toString("base64url")}`;
    expect(await ofRsa.verify(token)).toMatchObject({ kind: "signed", claims: { audiences: ["one"] } });
  });
});
