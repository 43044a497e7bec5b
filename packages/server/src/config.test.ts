import { describe, expect, test } from "@jest/globals";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { parseServerConfig } from "./config.ts";

function settings(...flags: string[]) {
  const parsed = parseServerConfig(flags, {});
  if (parsed.kind !== "values") throw new Error("flags were read as a question");
  return parsed.values;
}

function problems(...flags: string[]): readonly string[] {
  try {
    settings(...flags);
  } catch (error) {
    if (error instanceof StartupError) return error.problems;
    throw error;
  }
  return [];
}

test("the settings that no flag names are whole by themselves", () => {
  expect(settings()).toMatchObject({
    agentServiceAccount: { namespace: "rolecall", name: "rolecall-agent" },
    pkiObjects: { namespace: "rolecall", name: "rolecall-pki" },
    sessionTags: [],
    tlsMode: "files",
  });
});

test("names are read once, into what they stand for", () => {
  expect(
    settings(
      "--role-base-arn=arn:aws-cn:iam::123456789012:role/pods/",
      "--own-pod=rolecall/server-0/uid-0",
      "--session-tags=kubernetes-namespace, kubernetes-pod-name",
    ),
  ).toMatchObject({
    roleBaseArn: { partition: "aws-cn", accountId: "123456789012", path: "/pods/" },
    ownPod: { namespace: "rolecall", name: "server-0", uid: "uid-0" },
    sessionTags: ["kubernetes-namespace", "kubernetes-pod-name"],
  });
});

describe("a bad setting is named with what it must be:", () => {
  test.each([
    [["--role-base-arn=app"], /^--role-base-arn=app: must have the form arn:aws:iam::/],
    [["--assume-role-arn=hub"], /^--assume-role-arn=hub: must/],
    [["--agent-service-account=agent"], /^--agent-service-account=agent: must be NAMESPACE\/NAME$/],
    [["--pki-objects=a/b/c"], /^--pki-objects=a\/b\/c: must be NAMESPACE\/NAME$/],
    [["--own-pod=a/b"], /^--own-pod=a\/b: must be NAMESPACE\/NAME\/UID$/],
    [["--session-tags=colour"], /^--session-tags=colour: must be of .*kubernetes-pod-uid/],
    [["--session-tags=eks-cluster-name"], /^--session-tags eks-cluster-name: needs --cluster-arn$/],
    [["--cluster-arn=mine"], /^--cluster-arn mine: must have the form arn:aws:eks:/],
    [["--assume-role-external-id=shared"], /^--assume-role-external-id: is of no use without --assume-role-arn$/],
    [
      ["--assume-role-arn=arn:aws:iam::123456789012:role/hub", "--session-duration=2h"],
      /^--session-duration: must be at most 1h with --assume-role-arn/,
    ],
    [["--tls-mode=managed", "--agent-auth=certificate"], /^--tls-mode managed: needs --agent-auth token/],
  ])("%j", (flags, problem) => {
    expect(problems(...flags)).toContainEqual(expect.stringMatching(problem));
  });
});

test("an external id is never shown, however bad", () => {
  const said = problems(
    "--assume-role-arn=arn:aws:iam::123456789012:role/hub",
    "--assume-role-external-id=be tween us",
  );
  expect(said).toEqual([expect.stringMatching(/^--assume-role-external-id must be 2 to 1224/)]);
  expect(said.join()).not.toContain("be tween us");
});
