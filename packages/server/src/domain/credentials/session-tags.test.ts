import { describe, expect, test } from "@jest/globals";
import { aPod } from "../../../test/support/makers.ts";
import { clusterName, SESSION_TAG_NAMES, sessionTags } from "./session-tags.ts";

const CLUSTER = "arn:aws-cn:eks:cn-north-1:123456789012:cluster/my-cluster";
const pod = aPod({ namespace: "shop", serviceAccount: "web", name: "web-0", uid: "uid-of-web-0" });

test("the tags are those that were chosen, whatever the order of choosing", () => {
  expect(
    sessionTags({ names: ["kubernetes-service-account", "kubernetes-namespace"], clusterArn: undefined }, pod),
  ).toEqual([
    ["kubernetes-namespace", "shop"],
    ["kubernetes-service-account", "web"],
  ]);
});

test("all six are those of EKS Pod Identity", () => {
  expect(Object.fromEntries(sessionTags({ names: SESSION_TAG_NAMES, clusterArn: CLUSTER }, pod))).toEqual({
    "eks-cluster-arn": CLUSTER,
    "eks-cluster-name": "my-cluster",
    "kubernetes-namespace": "shop",
    "kubernetes-service-account": "web",
    "kubernetes-pod-name": "web-0",
    "kubernetes-pod-uid": "uid-of-web-0",
  });
});

describe("a cluster has no name where its ARN is", () => {
  test.each(["", "my-cluster", "arn:aws:iam::123456789012:role/x", "arn:aws:eks:eu-west-1:1:cluster/x"])(
    "%p",
    (arn) => {
      expect(clusterName(arn)).toBeUndefined();
    },
  );
});
