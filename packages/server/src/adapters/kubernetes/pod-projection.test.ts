import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { projectPod } from "./pod-projection.ts";

const metadata = { uid: "u-1", namespace: "shop", name: "web-0" };
const kept = { ...metadata, version: 0 };

describe("projectPod", () => {
  test("keeps what decides on credentials and nothing else", () => {
    const annotations = {
      "iam.amazonaws.com/role": "app",
      "iam.amazonaws.com/session-name": "reporting",
      "iam.amazonaws.com/external-id": "partner/42",
      "iam.amazonaws.com/session-duration": "30m",
      "kubectl.kubernetes.io/last-applied-configuration": "{}",
    };
    const pod = projectPod({
      metadata: { ...metadata, annotations, labels: { app: "web" }, resourceVersion: "4711", managedFields: [{}] },
      spec: { nodeName: "node-1", serviceAccountName: "web", hostNetwork: true, containers: [{}] },
      status: { phase: "Running", podIP: "10.0.1.7", podIPs: [{ ip: "10.0.1.7" }, { ip: "fd00::7" }] },
    });
    expect(pod).toEqual({
      ...metadata,
      version: 4711,
      serviceAccount: "web",
      node: "node-1",
      ips: ["10.0.1.7", "fd00::7"],
      hostNetwork: true,
      finished: false,
      annotations: { role: "app", sessionName: "reporting", externalId: "partner/42", sessionDuration: "30m" },
    });
  });

  test("what is missing is as Kubernetes has it by default", () => {
    expect(projectPod({ metadata })).toEqual({
      ...kept,
      serviceAccount: "default",
      node: undefined,
      ips: [],
      hostNetwork: false,
      finished: false,
      annotations: { role: undefined, sessionName: undefined, externalId: undefined, sessionDuration: undefined },
    });
  });

  test.each(["", "one", "-1", "1.5", 7, "99999999999999999999"])(
    "the version %j cannot be compared",
    (resourceVersion) => {
      expect(projectPod({ metadata: { ...metadata, resourceVersion } })?.version).toBe(0);
    },
  );

  test("an empty annotation is not a missing one", () => {
    expect(projectPod({ metadata: { ...metadata, annotations: { "iam.amazonaws.com/role": "" } } })).toMatchObject({
      annotations: { role: "" },
    });
  });

  test("the single address of an older API server is read", () => {
    expect(projectPod({ metadata, status: { podIP: "10.0.1.7" } })?.ips).toEqual(["10.0.1.7"]);
  });

  test.each(["Succeeded", "Failed"])("a pod in phase %s has finished", (phase) => {
    expect(projectPod({ metadata, status: { phase } })?.finished).toBe(true);
  });

  test.each(["Pending", "Running", "Unknown"])("a pod in phase %s has not finished", (phase) => {
    expect(projectPod({ metadata, status: { phase } })?.finished).toBe(false);
  });

  test("an annotation keeps one character more than the longest valid role", () => {
    const role = "x".repeat(100_000);
    const pod = projectPod({ metadata: { ...metadata, annotations: { "iam.amazonaws.com/role": role } } });
    expect(pod?.annotations.role).toBe("x".repeat(2_049));
  });

  test.each([
    undefined,
    null,
    "pod",
    [],
    {},
    { metadata: { ...metadata, uid: undefined } },
    { metadata: { ...metadata, name: "" } },
    { metadata: { ...metadata, namespace: 7 } },
  ])("%j is no pod", (object) => {
    expect(projectPod(object)).toBeUndefined();
  });

  test("fields of any type are read without an error", () => {
    const anything = fc.record({
      metadata: fc.record({ ...mapped(metadata), annotations: fc.anything() }),
      spec: fc.anything(),
      status: fc.anything(),
    });
    fc.assert(fc.property(fc.oneof(fc.anything(), anything), (object) => void projectPod(object)));
  });
});

const mapped = (constants: typeof metadata) => ({
  uid: fc.constant(constants.uid),
  namespace: fc.constant(constants.namespace),
  name: fc.constant(constants.name),
});
