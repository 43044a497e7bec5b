import { describe, expect, test } from "@jest/globals";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { parseAgentConfig } from "./config.ts";

const NODE = "--node-name=worker-1";
const problemsWith = (...argv: readonly string[]): readonly string[] => {
  try {
    parseAgentConfig(argv, {});
  } catch (error) {
    if (error instanceof StartupError) return error.problems;
    throw error;
  }
  return [];
};

describe("the agent's settings", () => {
  test("need nothing but the node's name", () => {
    expect(problemsWith(NODE)).toEqual([]);
    expect(problemsWith()).toEqual(["--node-name: must be set, to spec.nodeName of the agent's own pod"]);
  });

  test("take the node's name from the environment, as a pod has it", () => {
    expect(parseAgentConfig([], { ROLECALL_NODE_NAME: "worker-1" })).toMatchObject({
      values: { nodeName: "worker-1" },
    });
  });

  test("redirect traffic to a link-local address that is nobody else's", () => {
    expect(problemsWith(NODE, "--metadata-address=169.254.253.9:8000")).toEqual([]);
    expect(problemsWith(NODE, "--no-interception", "--metadata-address=127.0.0.1:0")).toEqual([]);
    const refused = [
      "127.0.0.1:8181",
      "10.0.0.1:8181",
      "169.254.169.254:80",
      "169.254.170.23:80",
      "169.254.253.1:0",
    ].filter((address) => problemsWith(NODE, `--metadata-address=${address}`).length === 0);
    expect(refused).toEqual([]);
  });

  test("never allow what holds secrets, and say which path and why", () => {
    expect(problemsWith(NODE, "--imds-allow=user-data,meta-data/mac")).toEqual([
      expect.stringMatching(/^--imds-allow user-data: user-data can never be allowed/),
    ]);
  });
});
