import { expect, test } from "@jest/globals";
import { FLAG_TABLES } from "./flag-tables.ts";
import { majorVersionOf, mapFlags, setFlags } from "./legacy-installation.ts";
import { nested } from "./migration-report.ts";

const kiamServer = (...args: string[]) =>
  ({ process: "kiam server", where: "daemonset kube-system/kiam-server", args }) as const;

test("flags are read in each of the forms they may have", () => {
  expect(
    setFlags(
      kiamServer(
        "server",
        "--role-base-arn=arn:aws:iam::123456789012:role/",
        "--level",
        "warn",
        "--json-log",
        "--no-role-base-arn-autodetect",
      ),
    ),
  ).toEqual([
    { name: "role-base-arn", text: "arn:aws:iam::123456789012:role/" },
    { name: "level", text: "warn" },
    { name: "json-log", text: "true" },
    { name: "role-base-arn-autodetect", text: "false" },
  ]);
});

test("what a flag set becomes the chart's value", () => {
  const { values } = mapFlags(
    kiamServer(
      "--role-base-arn=arn:aws:iam::123456789012:role/",
      "--region=eu-west-1",
      "--session-duration=30m",
      "--level=warn",
    ),
  );
  expect(nested(values)).toEqual({
    aws: { roleBaseArn: "arn:aws:iam::123456789012:role/", region: "eu-west-1", sessionDuration: "30m" },
    logLevel: "warn",
  });
});

test("what nobody can decide for a person is a finding, and so is an unknown flag", () => {
  const { values, findings } = mapFlags(
    kiamServer("--session-duration=12h", "--assume-role-arn=kiam-server", "--frobnicate=1"),
  );
  expect(values).toEqual({});
  expect(findings.map(({ says }) => says)).toEqual([
    "--session-duration=12h",
    "--assume-role-arn=kiam-server",
    "--frobnicate is no flag of kiam server that is known here",
  ]);
});

test("what kube2iam had of sessions and of the metadata's address is kept, or a person is told", () => {
  const kube2iam = (...args: string[]) =>
    mapFlags({ process: "kube2iam", where: "daemonset kube-system/kube2iam", args });
  expect(kube2iam("--iam-role-session-ttl=30m", "--metadata-addr=169.254.169.254")).toEqual({
    values: { "aws.sessionDuration": "30m" },
    findings: [],
  });
  const { values, findings } = kube2iam("--iam-role-session-ttl=12h", "--metadata-addr=10.0.0.9:8080");
  expect(values).toEqual({});
  expect(findings.map(({ says, fix }) => [says, fix])).toEqual([
    ["--iam-role-session-ttl=12h", expect.stringContaining("15m to 1h")],
    ["--metadata-addr=10.0.0.9:8080", expect.stringContaining("ROLECALL_IMDS_ENDPOINT=http://10.0.0.9:8080")],
  ]);
});

test("a flag that becomes a chart value is written to it, or a person is told", () => {
  const silent = Object.entries(FLAG_TABLES).flatMap(([process, table]) =>
    table
      .filter(({ becomes, values, decide }) => becomes.startsWith("`") && !values && !decide)
      .map(({ name }) => `${process} --${name}`),
  );
  expect(silent).toEqual([
    // The values that `migrate` writes have ports beside the old one's, and interception and certificates are made anew.
    "kiam agent --cert",
    "kiam agent --key",
    "kiam agent --ca",
    "kiam agent --port",
    "kiam agent --iptables",
    "kiam server --cert",
    "kiam server --key",
    "kiam server --ca",
    // Only by choice: a budget is no number of workers.
    "kiam server --fetchers",
    "kube2iam --app-port",
    "kube2iam --metrics-port",
    "kube2iam --iptables",
  ]);
});

test("no table has a flag twice", () => {
  for (const table of Object.values(FLAG_TABLES))
    expect(new Set(table.map(({ name }) => name)).size).toBe(table.length);
});

test("kiam's version is its server's, which alone reads what namespaces permit", () => {
  const of = (process: "kiam server" | "kiam agent", majorVersion?: number) => ({
    process,
    where: "",
    args: [],
    majorVersion,
  });
  expect(majorVersionOf([of("kiam server", 4), of("kiam agent", 3), of("kiam agent")])).toBe(4);
  expect(majorVersionOf([of("kiam server", 4), of("kiam server", 3)])).toBeUndefined();
  expect(majorVersionOf([of("kiam agent", 3)])).toBe(3);
});
