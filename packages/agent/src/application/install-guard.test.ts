import { beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { FakeAliases } from "../../test/netfilter/fake-aliases.ts";
import { FakeTables } from "../../test/netfilter/fake-tables.ts";
import { installGuard } from "./install-guard.ts";
import { RuleError } from "./ports/rule-tables.ts";
import { removeAll } from "./remove-rules.ts";

const BUILT_IN = "*filter\n:FORWARD - [0:0]\nCOMMIT\n";
let v4: FakeTables;
let v6: FakeTables;
let lines: Record<string, unknown>[];
const logger = createLogger("agent", "info", (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
const netfilter = { open: async () => ({ kept: [v4, v6], others: [] }) };

beforeEach(() => {
  v4 = new FakeTables("ipv4", BUILT_IN);
  v6 = new FakeTables("ipv6", BUILT_IN);
  lines = [];
});

test("the guard is set for both families, and nothing else is", async () => {
  await installGuard(netfilter, logger);
  expect(v4.saved()).toContain("-A FORWARD -d 169.254.169.254/32 -j ROLECALL-GUARD");
  expect(v6.saved()).toContain("-A FORWARD -d fd00:ec2::254/128 -j ROLECALL-GUARD");
  expect(v4.saved() + v6.saved()).not.toMatch(/DNAT|nat/);
});

test("a guard that stands is left alone, with its counters", async () => {
  await installGuard(netfilter, logger);
  await installGuard(netfilter, logger);
  expect([v4.applied.length, v6.applied.length]).toEqual([1, 1]);
});

test("a guard that cannot be set stops the start with the cure", async () => {
  v4.readFailure = new RuleError("not-permitted", "Permission denied (you must be root)");
  await expect(installGuard(netfilter, logger)).rejects.toMatchObject({
    name: "StartupError",
    problems: [
      expect.stringMatching(/^cannot set the guard: .*NET_ADMIN.*\(Permission denied \(you must be root\)\)$/),
    ],
  });
});

test("a guard that does not stay stops the start", async () => {
  v6.isDeaf = true;
  await expect(installGuard(netfilter, logger)).rejects.toThrow(/another program removes or reorders them/);
});

test("a kernel without a packet filter for IPv6 is warned of", async () => {
  v6.applyFailure = () => new RuleError("unsupported", "Table does not exist");
  await installGuard(netfilter, logger);
  expect(lines.map(({ level }) => level)).toEqual(["info", "warn"]);
});

test("removal takes ours from every backend, the aliases from lo and the probe's link, and says where", async () => {
  const aliases = new FakeAliases();
  for (const alias of ["169.254.253.1", "fd72:6f6c:6563::1", "192.0.2.1"]) aliases.present.add(alias);
  const other = new FakeTables("ipv4", BUILT_IN, "legacy");
  await installGuard(netfilter, logger);
  await installGuard({ open: async () => ({ kept: [other], others: [] }) }, logger);
  lines = [];
  const rules = { port: 8181, alias: "169.254.253.1", alias6: "fd72:6f6c:6563::1" };
  let linked = true;
  const link = {
    async remove() {
      linked = false;
    },
  };
  const opened = { open: async () => ({ kept: [v4, v6], others: [other] }) };
  await removeAll({ netfilter: opened, aliases, link }, rules, logger);
  expect(linked).toBe(false);
  expect([v4.saved(), v6.saved(), other.saved()]).toEqual([BUILT_IN, BUILT_IN, BUILT_IN]);
  expect([...aliases.present]).toEqual(["192.0.2.1"]);
  expect(lines.map(({ family, backend }) => [family, backend])).toEqual([
    ["ipv4", "nft"],
    ["ipv6", "nft"],
    ["ipv4", "legacy"],
  ]);
});
