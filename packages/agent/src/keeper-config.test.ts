import { expect, test } from "@jest/globals";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { parseKeeperConfig } from "./keeper-config.ts";

const problemsWith = (...argv: readonly string[]): readonly string[] => {
  try {
    parseKeeperConfig(argv, {});
  } catch (error) {
    if (error instanceof StartupError) return error.problems;
    throw error;
  }
  return [];
};

test("the keeper needs no setting", () => {
  expect(problemsWith()).toEqual([]);
});

test("it takes an interface as kiam and kube2iam name it", () => {
  for (const name of ["eni+", "!eth0", "docker0"]) expect(problemsWith(`--host-interface=${name}`)).toEqual([]);
  expect(problemsWith("--host-interface=eth 0")).toEqual([expect.stringContaining("--host-interface eth 0: must be")]);
});

test("the alias is a link-local address that is nobody else's", () => {
  expect(problemsWith("--alias=169.254.253.9")).toEqual([]);
  const refused = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "169.254.170.23", "fe80::1", "169.254.253.1:80"].filter(
    (address) => problemsWith(`--alias=${address}`).length === 0,
  );
  expect(refused).toEqual([]);
});

test("it has no address to listen on", () => {
  expect(problemsWith("--admin-address=127.0.0.1:0")).toEqual([
    "--admin-address: no such flag",
    "See --help for every setting.",
  ]);
});
