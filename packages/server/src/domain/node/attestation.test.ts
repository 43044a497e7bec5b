import { describe, expect, test } from "@jest/globals";
import { attest } from "./attestation.ts";

const RULES = { serviceAccount: "rolecall/rolecall-agent", audience: "rolecall-server" };
const agentToken = {
  authenticated: true,
  username: "system:serviceaccount:rolecall:rolecall-agent",
  audiences: ["rolecall-server"],
  nodeName: "worker-1",
};

test("an agent's own token stands for its node", () => {
  expect(attest(agentToken, RULES)).toEqual({ kind: "attested", node: "worker-1" });
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
    ["whose token is bound to no pod", { nodeName: undefined }, "token-without-node"],
  ])("%s", (_who, change, reason) => {
    expect(attest({ ...agentToken, ...change }, RULES)).toMatchObject({ kind: "refused", reason });
  });
});
