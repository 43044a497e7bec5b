import { describe, expect, test } from "@jest/globals";
import { StartupError } from "../errors/startup-error.ts";
import { helpText, type OptionTable, parseOptions } from "./options.ts";
import * as schemas from "./schemas.ts";

const TABLE = {
  listenAddress: {
    placeholder: "HOST:PORT",
    schema: schemas.hostPort,
    default: "127.0.0.1:9610",
    help: "where to listen",
  },
  region: { placeholder: "NAME", schema: schemas.text, help: "which region" },
  refreshAfter: { placeholder: "DURATION", schema: schemas.durationMs("1s", "1h"), default: "15m", help: "when" },
  interception: { schema: schemas.boolean, default: "true", help: "whether" },
} as const satisfies OptionTable;

const valuesOf = (argv: string[], env: Record<string, string> = {}) => {
  const parsed = parseOptions(TABLE, argv, env);
  if (parsed.kind !== "values") throw new Error(`parsed as ${parsed.kind}`);
  return parsed.values;
};
const problemsOf = (argv: string[], env: Record<string, string> = {}) => {
  try {
    parseOptions(TABLE, argv, env);
  } catch (error) {
    if (error instanceof StartupError) return error.problems;
    throw error;
  }
  return [];
};

describe("parseOptions", () => {
  test("what is not set takes its default, and what has none is absent", () => {
    expect(valuesOf([])).toEqual({
      listenAddress: { host: "127.0.0.1", port: 9610 },
      refreshAfter: 900_000,
      interception: true,
    });
  });

  test("a flag beats its environment twin, which beats the default", () => {
    const env = { ROLECALL_REGION: "eu-west-1", ROLECALL_REFRESH_AFTER: "1m" };
    expect(valuesOf(["--region", "us-east-1"], env)).toMatchObject({ region: "us-east-1", refreshAfter: 60_000 });
  });

  test("an empty variable counts as not set", () => {
    expect(valuesOf([], { ROLECALL_REGION: "" })).not.toHaveProperty("region");
  });

  test("a switch is turned off by --no- and by its variable", () => {
    expect(valuesOf(["--no-interception"]).interception).toBe(false);
    expect(valuesOf([], { ROLECALL_INTERCEPTION: "false" }).interception).toBe(false);
  });

  test("an IPv6 address is written in brackets", () => {
    expect(valuesOf(["--listen-address=[::1]:80"]).listenAddress).toEqual({ host: "::1", port: 80 });
  });

  test("every bad setting is one line that names the flag or variable, its value and what was wanted", () => {
    expect(
      problemsOf(["--listen-address", "9610", "--refresh-after=soon", "--verbose", "stray"], {
        ROLECALL_INTERCEPTION: "yes",
      }),
    ).toEqual([
      "--verbose: no such flag",
      "stray: not a flag of this command",
      "--listen-address=9610: must be HOST:PORT, an IPv6 host in brackets",
      "--refresh-after=soon: must be a duration from 1s to 1h, such as 500ms, 10s, 15m or 1h30m",
      "ROLECALL_INTERCEPTION=yes: must be true or false",
      "See --help for every setting.",
    ]);
  });

  test("a flag without its value and a switch with one are refused", () => {
    expect(problemsOf(["--interception=true", "--region"])).toEqual([
      "--interception: takes no value; switch it off with --no-interception",
      "--region: a value must follow",
      expect.stringContaining("--help"),
    ]);
  });
});

test("the help text names each flag with its default and its variable", () => {
  const text = helpText("server", "Feeds agents.", TABLE);
  expect(text).toContain("--listen-address HOST:PORT\n      where to listen (default 127.0.0.1:9610)");
  expect(text).toContain("--interception, --no-interception");
  expect(text).toContain("ROLECALL_REFRESH_AFTER");
});

test("each operand must be given, but one in brackets", () => {
  const operands = (argv: readonly string[]) => {
    const parsed = parseOptions({}, argv, {}, ["POD", "[REASON]"]);
    return parsed.kind === "values" ? parsed.operands : [];
  };
  expect(operands(["shop/web"])).toEqual(["shop/web"]);
  expect(operands(["shop/web", "host-network"])).toEqual(["shop/web", "host-network"]);
  expect(() => operands([])).toThrow("POD must be given");
  expect(() => operands(["a", "b", "c"])).toThrow("c: not a flag of this command");
});
