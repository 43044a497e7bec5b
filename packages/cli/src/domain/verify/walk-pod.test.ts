import { describe, expect, test } from "@jest/globals";
import type { AgentReport } from "@rolecall/server/domain/fleet/fleet-report";
import type { PodReport } from "@rolecall/server/domain/fleet/pod-report";
import type { PodFacts } from "./facts.ts";
import { walkPod } from "./walk-pod.ts";

const ARN = "arn:aws:iam::123456789012:role/web";
const REPORT: PodReport = {
  server: {
    name: "server-1",
    version: "0.1.0",
    startedAt: "2026-01-01T00:00:00.000Z",
    serving: true,
    problems: {},
    region: "eu-west-1",
    roleBaseArn: "arn:aws:iam::123456789012:role/",
    callerArn: "arn:aws:sts::123456789012:assumed-role/rolecall-server/i-0",
    defaultDurationSeconds: 3_600,
    maxDurationSeconds: 3_600,
    readsAllowedRoles: false,
    tagsSessions: false,
  },
  pod: { uid: "u", node: "n", ips: ["10.0.0.1"], role: "web" },
  permitted: ".*",
  verdict: { kind: "granted", roleArn: ARN },
  assumption: {
    id: "a",
    roleArn: ARN,
    sessionName: "shop.default",
    hasExternalId: false,
    durationSeconds: 3_600,
    state: "fresh",
    expiresAt: "2026-01-01T01:00:00.000Z",
  },
  feed: { connectedSince: "2026-01-01T00:00:00.000Z", agentVersion: "0.1.0", sentGeneration: 3 },
  report: {
    at: "2026-01-01T00:00:10.000Z",
    agentVersion: "0.1.0",
    viewGeneration: 3,
    podsWithAddress: 1,
    interception: "in-place",
    probe: "arrives",
  },
};
const AGENT = { name: "agent-x", node: "n", ready: true, version: "0.1.0", problem: undefined };
const POD = {
  version: 1,
  uid: "u",
  namespace: "shop",
  name: "web",
  serviceAccount: "default",
  node: "n",
  ips: ["10.0.0.1"],
  hostNetwork: false,
  finished: false,
  annotations: { role: "web", sessionName: undefined, externalId: undefined, sessionDuration: undefined },
};
const answered = (report: PodReport) => ({ kind: "answered", server: report.server.name, report }) as const;

/** A pod with which all is well. */
const WELL: PodFacts = {
  ref: "shop/web",
  pod: POD,
  namespace: { name: "shop", permitted: ".*" },
  servers: [answered(REPORT)],
  agent: AGENT,
  tried: undefined,
  nowMs: Date.parse("2026-01-01T00:00:20.000Z"),
};
const last = (facts: Partial<PodFacts>) => walkPod({ ...WELL, ...facts }).at(-1);
const lastOf = (report: Partial<PodReport>, facts: Partial<PodFacts> = {}) =>
  last({ servers: [answered({ ...REPORT, ...report })], ...facts });
const without = (...keys: (keyof PodReport)[]) =>
  Object.fromEntries(
    Object.entries(REPORT).filter(([key]) => !keys.includes(key as keyof PodReport)),
  ) as unknown as PodReport;

test("a pod with which all is well passes every step", () => {
  expect(walkPod(WELL).map(({ outcome }) => outcome)).toEqual(Array(8).fill("passed"));
});

describe("the walk ends at", () => {
  test("a pod on the host's network", () => {
    expect(last({ pod: { ...POD, hostNetwork: true } })).toMatchObject({ name: "annotation", reason: "host-network" });
  });

  test("a trust policy that lacks the servers' role, session tags included", () => {
    const failure = { reason: "sts-access-denied", detail: "no" } as const;
    const { expiresAt: _none, ...assumption } = REPORT.assumption as NonNullable<PodReport["assumption"]>;
    const hop = lastOf({
      server: { ...REPORT.server, tagsSessions: true },
      assumption: { ...assumption, state: "failed", failure },
    });
    expect(hop).toMatchObject({ name: "trust", outcome: "failed", reason: "sts-access-denied" });
    expect(hop?.fix).toContain('{"AWS":"arn:aws:iam::123456789012:role/rolecall-server"}');
    expect(hop?.fix).toContain("sts:TagSession");
  });

  test("a server that does not serve, with what it waits for", () => {
    const hop = lastOf({ server: { ...REPORT.server, serving: false, problems: { rbac: "may not list pods" } } });
    expect(hop).toMatchObject({
      name: "grant",
      outcome: "failed",
      says: expect.stringContaining("rbac: may not list pods"),
    });
  });

  test("a server whose watch has not brought the pod", () => {
    expect(last({ servers: [answered(without("pod", "verdict"))] })).toMatchObject({
      name: "grant",
      outcome: "failed",
    });
  });

  test.each([
    ["a node without an agent", { agent: undefined }, "no agent runs on n"],
    [
      "an agent that is not ready",
      { agent: { ...AGENT, ready: false, problem: "CrashLoopBackOff" } },
      "CrashLoopBackOff",
    ],
    ["an agent that no server knows", {}, "is connected to no server"],
    ["a pod on no node", { pod: { ...POD, node: undefined } }, "on no node yet"],
  ])("%s", (_what, facts, says) => {
    const hop = last({ servers: [answered(without("feed", "report"))], ...facts });
    expect(hop).toMatchObject({ name: "node feed", outcome: "failed", says: expect.stringContaining(says) });
  });

  test("rules that somebody flushed", () => {
    const report = { ...(REPORT.report as NonNullable<PodReport["report"]>), interception: "broken" as const };
    expect(lastOf({ report })).toMatchObject({ name: "interception", outcome: "failed" });
  });
});

test.each(["refused", "passed-by", "lost"] as const)(
  "rules that are in place and a probe that is %s are no interception",
  (probe) => {
    const report = { ...(REPORT.report as NonNullable<PodReport["report"]>), probe };
    expect(lastOf({ report })).toMatchObject({ name: "interception", outcome: "failed" });
  },
);

/** The step of that name of a pod with which all else is well, and how the walk ends. */
const stepOf = (name: string, report: Partial<PodReport>, facts: Partial<PodFacts> = {}) => {
  const hops = walkPod({ ...WELL, servers: [answered({ ...REPORT, ...report })], ...facts });
  return { ...hops.find((hop) => hop.name === name), last: hops.at(-1)?.name };
};
const agentSays = (said: Partial<AgentReport>) => ({
  report: { ...(REPORT.report as NonNullable<PodReport["report"]>), ...said },
});

describe("what does not keep the pod from its role now is warned of, and the walk goes on", () => {
  test.each([
    [600, "600 s ahead of that of AWS"],
    [-61, "61 s behind that of AWS"],
  ])("a server's clock that is %d s off", (clockAheadSeconds, says) => {
    const step = stepOf("trust", { server: { ...REPORT.server, clockAheadSeconds } });
    expect(step).toMatchObject({ outcome: "warned", reason: "sts-clock-skew", last: "credentials" });
    expect(step.says).toContain(`but the clock of the server server-1 is ${says}`);
    expect(step.fix).toContain("rolecall explain sts-clock-skew");
  });

  test("a node's clock that is off", () => {
    const step = stepOf("credentials", agentSays({ clockAheadSeconds: 400 }));
    expect(step).toMatchObject({ outcome: "warned", reason: "sts-clock-skew" });
    expect(step.says).toContain("the clock of n is 400 s ahead of that of AWS");
  });

  test("kernel rules that something changed within the hour, though they were put right", () => {
    const drift = { times: 2, lastAt: "2026-01-01T00:00:08.000Z" };
    const step = stepOf("interception", agentSays({ drift }));
    expect(step).toMatchObject({ outcome: "warned", reason: "rules-drifted", last: "credentials" });
    expect(step.says).toContain("something on the node changed them 12 s ago (2 changes so far)");
  });

  test("an agent's certificate that has expired while its connection lasts", () => {
    const certificate = { name: "agent", expiresAt: "2026-01-01T00:00:20.000Z", overdueAt: "2026-01-01T00:00:15.000Z" };
    const step = stepOf("node feed", agentSays({ certificate }));
    expect(step).toMatchObject({ outcome: "warned", reason: "certificate-expired", last: "credentials" });
    expect(step.says).toContain("its certificate expired at 2026-01-01T00:00:20.000Z");
  });

  test("a refresh that failed while credentials live", () => {
    const failure = { reason: "sts-throttled", detail: "slow down" } as const;
    const assumption = {
      ...(REPORT.assumption as NonNullable<PodReport["assumption"]>),
      state: "stale" as const,
      failure,
    };
    expect(stepOf("trust", { assumption })).toMatchObject({ outcome: "warned", reason: "sts-throttled" });
  });
});

test("no word is said of clocks within a minute, a certificate that lives and a drift of long ago", () => {
  const hops = walkPod({
    ...WELL,
    servers: [
      answered({
        ...REPORT,
        server: { ...REPORT.server, clockAheadSeconds: 60 },
        ...agentSays({
          clockAheadSeconds: -60,
          certificate: { name: "agent", expiresAt: "2026-01-01T00:00:21.000Z", overdueAt: "2026-01-01T00:00:00.000Z" },
          drift: { times: 1, lastAt: "2025-12-31T23:00:19.000Z" },
        }),
      }),
    ],
  });
  expect(hops.map(({ outcome }) => outcome)).toEqual(Array(8).fill("passed"));
});

test("an agent that lost its connection after its certificate expired is told by what it said last, to any server", () => {
  const certificate = { name: "agent", expiresAt: "2026-01-01T00:00:15.000Z", overdueAt: "2026-01-01T00:00:12.000Z" };
  const newer = {
    ...agentSays({ certificate, at: "2026-01-01T00:00:12.000Z" }),
    server: { ...REPORT.server, name: "server-0" },
  };
  const servers = [answered(without("feed")), answered({ ...without("feed"), ...newer })];
  expect(last({ servers })).toMatchObject({
    name: "node feed",
    outcome: "failed",
    reason: "certificate-expired",
    says: expect.stringContaining("connected to no server, and its certificate expired at"),
  });
});

test.each([
  ["certificate-expired", "certificate-expired", "rolecall explain certificate-expired"],
  ["certificate-not-trusted", undefined, "docs/troubleshooting.md#an-agent-is-refused"],
])("an agent that the servers refuse is told with their reason: %s", (why, reason, fix) => {
  const report = { ...without("feed", "report"), refused: { at: "2026-01-01T00:00:15.000Z", reason: why } };
  const older = { ...report, refused: { at: "2026-01-01T00:00:14.000Z", reason: "not-tls" } };
  const hop = last({ servers: [answered(older), answered(report)] });
  expect(hop).toMatchObject({ name: "node feed", outcome: "failed", fix: expect.stringContaining(fix) });
  expect(hop?.says).toContain(`server-1 refused who dialled it from n at 2026-01-01T00:00:15.000Z: ${why}`);
  expect(hop?.reason).toBe(reason);
});

test("a server that waits for its rights is named by what it lacks", () => {
  const server = { ...REPORT.server, serving: false, problems: { rbac: "cannot get pods" } };
  expect(lastOf({ server })).toMatchObject({ name: "grant", outcome: "failed", reason: "rights-missing" });
});

test("credentials that outlive a failed refresh are credentials", () => {
  const assumption = {
    ...(REPORT.assumption as NonNullable<PodReport["assumption"]>),
    state: "stale" as const,
    failure: { reason: "sts-throttled" as const, detail: "slow down" },
  };
  expect(lastOf({ assumption })).toMatchObject({ name: "credentials", outcome: "passed" });
});

test("the word of the server that feeds the node counts, whichever answers first", () => {
  const other = { ...without("feed", "report", "assumption"), server: { ...REPORT.server, name: "server-0" } };
  expect(last({ servers: [answered(other), answered(REPORT)] })).toMatchObject({
    name: "credentials",
    outcome: "passed",
  });
});

test("one server that cannot be asked leaves the feed unknown, not failed", () => {
  const servers = [
    answered(without("feed", "report")),
    { kind: "unreachable", server: "server-2", why: "forbidden" } as const,
  ];
  const feed = walkPod({ ...WELL, servers }).find(({ name }) => name === "node feed");
  expect(feed).toMatchObject({ outcome: "unknown", says: expect.stringContaining("server-2: forbidden") });
});
