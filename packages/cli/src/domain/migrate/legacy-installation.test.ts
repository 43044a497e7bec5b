import { expect, test } from "@jest/globals";
import { FLAG_TABLES } from "./flag-tables.ts";
import { mapFlags, setFlags } from "./legacy-installation.ts";
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

test("no table has a flag twice", () => {
  for (const table of Object.values(FLAG_TABLES))
    expect(new Set(table.map(({ name }) => name)).size).toBe(table.length);
});
