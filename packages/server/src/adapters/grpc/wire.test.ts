import { expect, test } from "@jest/globals";
import { type ReportNodeRequest__Output, toTimestamp } from "@rolecall/proto";
import { nodeReport } from "./wire.ts";

const REQUEST: ReportNodeRequest__Output = {
  nodeName: "worker-1",
  agentVersion: "0.1.0",
  viewGeneration: 3,
  podsWithAddress: 2,
  interception: null,
  certificate: null,
};
const timestamp = (ms: number) => toTimestamp(ms) as { seconds: number; nanos: number };
const certificate = (notBeforeMs: number, notAfterMs: number) => ({
  notBefore: timestamp(notBeforeMs),
  notAfter: timestamp(notAfterMs),
});

test("what an older agent does not say is absent", () => {
  expect(nodeReport(REQUEST)).toEqual({
    agentVersion: "0.1.0",
    viewGeneration: 3,
    podsWithAddress: 2,
    interception: "STATE_UNSPECIFIED",
    probe: "PROBE_UNSPECIFIED",
  });
});

test("a report tells of drift, certificate and clock", () => {
  const drift = { times: 1, secondsSinceLast: 4 };
  const request: ReportNodeRequest__Output = {
    ...REQUEST,
    interception: {
      state: "STATE_IN_PLACE",
      probe: "PROBE_ARRIVES",
      interceptedConnections: 0,
      refusedPackets: 0,
      drift,
    },
    certificate: certificate(1_000, 2_000),
    clockAheadSeconds: -70,
  };
  expect(nodeReport(request)).toMatchObject({
    drift,
    certificate: { notBeforeMs: 1_000, notAfterMs: 2_000 },
    clockAheadSeconds: -70,
  });
});

test.each([
  ["ends before it begins", certificate(2_000, 1_000)],
  ["ends after all time", certificate(0, 9e15)],
  ["says no times", { notBefore: null, notAfter: null }],
])("a certificate that %s is none", (_what, certificate) => {
  expect(nodeReport({ ...REQUEST, certificate })).not.toHaveProperty("certificate");
});
