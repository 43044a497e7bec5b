import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FakeTables } from "../../../test/netfilter/fake-tables.ts";
import { readCounters } from "./counters.ts";
import { planRemoval, planRules } from "./plan.ts";
import { guardChains, interceptionChains, OWN_CHAINS } from "./rules.ts";
import { isWorthKeeping, parseSaved } from "./saved-rules.ts";

/** Printed by iptables 1.8.9 on a node with kube-proxy and the Amazon VPC CNI plugin in network namespaces. */
const printed = (name: string) => readFileSync(new URL(`./fixtures/${name}.txt`, import.meta.url), "utf8");
const read = (text: string) => parseSaved(text.split("\n").filter(isWorthKeeping));

const OPTIONS = { port: 8181, alias: "169.254.253.1", alias6: "fd72:6f6c:6563::1" };
const GUARD = guardChains("ipv4");
const WANTED = [...GUARD, ...interceptionChains("ipv4", OPTIONS)];

describe.each(["nft", "legacy"])("what the %s backend prints", (backend) => {
  test("of rules in place asks for nothing, so that their counters live on", () => {
    expect(planRules(read(printed(`${backend}.in-place`)), WANTED)).toEqual({ kind: "in-place" });
    expect(planRules(read(printed(`${backend}.guarded`)), GUARD)).toEqual({ kind: "in-place" });
    const wanted6 = [...guardChains("ipv6"), ...interceptionChains("ipv6", OPTIONS)];
    expect(planRules(read(printed(`${backend}.ipv6.in-place`)), wanted6)).toEqual({ kind: "in-place" });
  });

  test("of a node without ours asks for every chain and jump", () => {
    expect(planRules(read(printed(`${backend}.before`)), GUARD)).toEqual({
      kind: "apply",
      drifts: [
        { kind: "chain-missing", chain: "ROLECALL-GUARD" },
        { kind: "jump-missing", chain: "ROLECALL-GUARD" },
      ],
      input: `*filter
:ROLECALL-GUARD - [0:0]
-A ROLECALL-GUARD -s 169.254.253.2/32
-A ROLECALL-GUARD -d 169.254.169.254/32 -p tcp -j REJECT --reject-with tcp-reset
-A ROLECALL-GUARD -d 169.254.169.254/32 -j REJECT --reject-with icmp-port-unreachable
-I FORWARD 1 -d 169.254.169.254/32 -j ROLECALL-GUARD
COMMIT
`,
    });
  });

  test("of drifted rules asks for what puts them right, and touches nothing that is", () => {
    expect(planRules(read(printed(`${backend}.drifted`)), WANTED)).toEqual({
      kind: "apply",
      drifts: [
        { kind: "jump-duplicate", chain: "ROLECALL-GUARD" },
        { kind: "rule-changed", chain: "ROLECALL" },
        { kind: "jump-not-first", chain: "ROLECALL" },
      ],
      input: `*filter
-D FORWARD -d 169.254.169.254/32 -j ROLECALL-GUARD
-D FORWARD -d 169.254.169.254/32 -j ROLECALL-GUARD
-D KUBE-FORWARD -j ROLECALL-GUARD
-I FORWARD 1 -d 169.254.169.254/32 -j ROLECALL-GUARD
COMMIT
*nat
-D PREROUTING -d 169.254.169.254/32 -j ROLECALL
:ROLECALL - [0:0]
-A ROLECALL -s 169.254.253.2/32 -p tcp -m tcp --dport 80
-A ROLECALL -d 169.254.169.254/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 169.254.253.1:8181
-I PREROUTING 1 -d 169.254.169.254/32 -j ROLECALL
COMMIT
`,
    });
  });

  test("gives the packets that each of our chains took", () => {
    expect(readCounters(read(printed(`${backend}.in-place`)))).toEqual({
      interceptedConnections: 5,
      refusedPackets: 2,
      refusedDirectPackets: 1,
    });
    expect(readCounters(read(printed(`${backend}.before`)))).toEqual({
      interceptedConnections: 0,
      refusedPackets: 0,
      refusedDirectPackets: 0,
    });
  });

  test("of drifted rules is rid of all that is ours by a removal, and of nothing else", () => {
    const tables = new FakeTables("ipv4", printed(`${backend}.drifted`));
    tables.restore(planRemoval(read(tables.saved()), OWN_CHAINS) ?? "");
    const before = new FakeTables("ipv4", printed(`${backend}.before`));
    before.restore("*nat\n-I PREROUTING 1 -m addrtype --dst-type LOCAL -j KUBE-SERVICES\nCOMMIT\n");
    expect(tables.saved()).toBe(before.saved());
    expect(planRemoval(read(tables.saved()), OWN_CHAINS)).toBeUndefined();
  });
});

test("a kernel that has made no table yet gets all of ours", () => {
  const tables = new FakeTables("ipv4");
  const plan = planRules(read(""), WANTED);
  tables.restore(plan.kind === "apply" ? plan.input : "");
  expect(planRules(read(tables.saved()), WANTED)).toEqual({ kind: "in-place" });
});

test("a jump that was replaced by another one of the same chain is a changed rule", () => {
  const tables = new FakeTables("ipv4", printed("nft.guarded"));
  tables.restore(
    "*filter\n-D FORWARD -d 169.254.169.254/32 -j ROLECALL-GUARD\n-I FORWARD 1 -p udp -j ROLECALL-GUARD\nCOMMIT\n",
  );
  expect(planRules(read(tables.saved()), GUARD)).toMatchObject({
    drifts: [{ kind: "rule-changed", chain: "ROLECALL-GUARD" }],
  });
});

test("whatever was done to the node's rules, one plan puts ours right and leaves the foreign ones as they stand", () => {
  const chains = fc.constantFrom("FORWARD", "INPUT", "PREROUTING", "KUBE-FORWARD", "KUBE-SERVICES", ...OWN_CHAINS);
  const specs = fc.constantFrom(
    "-j ACCEPT",
    "-p tcp -j DROP",
    ...WANTED.map(({ jump }) => jump),
    ...WANTED.flatMap(({ rules }) => rules),
  );
  const change = fc.record({
    table: fc.constantFrom("filter", "nat"),
    command: fc.constantFrom("-A", "-I", "-D", "-F"),
    chain: chains,
    spec: specs,
  });
  const foreign = (tables: FakeTables) =>
    tables
      .saved()
      .split("\n")
      .filter((line) => !line.includes("ROLECALL"));

  fc.assert(
    fc.property(fc.constantFrom("nft.in-place", "nft.before", "legacy.guarded"), fc.array(change), (start, changes) => {
      const tables = new FakeTables("ipv4", printed(start));
      for (const { table, command, chain, spec } of changes) {
        const rest = { "-A": ` ${spec}`, "-I": ` 1 ${spec}`, "-D": ` ${spec}`, "-F": "" }[command];
        try {
          tables.restore(`*${table}\n${command} ${chain}${rest}\nCOMMIT\n`);
        } catch {
          // iptables would have refused this change too.
        }
      }
      const foreignBefore = foreign(tables);
      const plan = planRules(read(tables.saved()), WANTED);
      if (plan.kind === "apply") tables.restore(plan.input);
      expect(planRules(read(tables.saved()), WANTED)).toEqual({ kind: "in-place" });
      expect(foreign(tables)).toEqual(foreignBefore);

      const removal = planRemoval(read(tables.saved()), OWN_CHAINS);
      tables.restore(removal ?? "");
      expect(tables.saved()).not.toContain("ROLECALL");
      expect(foreign(tables)).toEqual(foreignBefore);
    }),
    { numRuns: 300 },
  );
});
