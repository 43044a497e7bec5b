import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { aPod } from "../../../test/support/a-pod.ts";
import { type AssumptionRules, requestedAssumption } from "./requested-assumption.ts";

const RULES: AssumptionRules = {
  baseArn: { partition: "aws", accountId: "123456789012", path: "/" },
  defaultDurationSeconds: 3_600,
  maxDurationSeconds: 3_600,
};

describe("requestedAssumption", () => {
  test("a pod without the role annotation asks for nothing, whatever else it carries", () => {
    expect(requestedAssumption(aPod({ annotations: { role: undefined, externalId: "#" } }), RULES)).toEqual({
      kind: "none",
    });
  });

  test("what the pod leaves out is completed", () => {
    expect(requestedAssumption(aPod(), RULES)).toEqual({
      kind: "requested",
      assumption: {
        roleArn: "arn:aws:iam::123456789012:role/app",
        sessionName: "shop.web",
        externalId: undefined,
        durationSeconds: 3_600,
      },
    });
  });

  test("what the pod says is taken", () => {
    const annotations = {
      role: "arn:aws:iam::999999999999:role/other",
      sessionName: "reporting",
      externalId: "partner/42",
      sessionDuration: "30m",
    };
    expect(requestedAssumption(aPod({ annotations }), RULES)).toEqual({
      kind: "requested",
      assumption: {
        roleArn: "arn:aws:iam::999999999999:role/other",
        sessionName: "reporting",
        externalId: "partner/42",
        durationSeconds: 1_800,
      },
    });
  });

  test.each([
    [{ role: "" }, "role-reference-malformed", "iam.amazonaws.com/role must"],
    [{ role: "my role" }, "role-reference-malformed", "iam.amazonaws.com/role must"],
    [{ sessionName: "a b" }, "session-name-malformed", "iam.amazonaws.com/session-name must"],
    [{ externalId: "" }, "external-id-malformed", "iam.amazonaws.com/external-id must"],
    [{ sessionDuration: "2h" }, "session-duration-malformed", "iam.amazonaws.com/session-duration must"],
    [{ role: "", sessionName: "a b" }, "role-reference-malformed", "iam.amazonaws.com/role must"],
  ])("%p is denied as %s and the detail names the annotation", (annotations, reason, detail) => {
    expect(requestedAssumption(aPod({ annotations }), RULES)).toEqual({
      kind: "denied",
      reason,
      detail: expect.stringContaining(detail),
    });
  });

  test("no detail shows an external id, good or bad", () => {
    const externalId = fc.string({ minLength: 8, unit: fc.constantFrom(..."0123456789#") });
    fc.assert(
      fc.property(externalId, fc.constantFrom("app", "my role"), fc.constantFrom("1h", "2h"), (id, role, duration) => {
        const pod = aPod({ annotations: { externalId: id, role, sessionDuration: duration } });
        const requested = requestedAssumption(pod, RULES);
        return requested.kind !== "denied" || !requested.detail.includes(id);
      }),
    );
  });
});
