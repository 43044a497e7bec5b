import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import { FakeAliases } from "../../test/netfilter/fake-aliases.ts";
import { FakeTables } from "../../test/netfilter/fake-tables.ts";
import type { AgentTarget } from "../domain/interception/agent-target.ts";
import { keepRules } from "./keep-rules.ts";
import { RuleError } from "./ports/rule-tables.ts";

const RULES = { alias: "169.254.253.1", alias6: "fd72:6f6c:6563::1" };
const TARGET: AgentTarget = { instance: "one", startedAtMs: 0, port: 8181, isLoaded: true };
const BUILT_IN =
  "*filter\n:FORWARD ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\nCOMMIT\n*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n";

let v4: FakeTables;
let v6: FakeTables;
let others: FakeTables[];
let aliases: FakeAliases;
let openFailure: Error | undefined;
let target: AgentTarget | undefined;
let isStillOurs: boolean;
let turn: () => void;
let problem: string | undefined;
let leadsTo: string | undefined;
let recorded: string[];
let lines: Record<string, unknown>[];
let timer: { readonly delayMs: number; readonly fire: () => void } | undefined;
let passed: () => void;
let stop: AbortController;
let running: Promise<void>;

const messages = () => lines.map(({ msg }) => msg);

beforeEach(() => {
  v4 = new FakeTables("ipv4", BUILT_IN);
  v6 = new FakeTables("ipv6", BUILT_IN);
  others = [];
  aliases = new FakeAliases();
  openFailure = undefined;
  target = TARGET;
  isStillOurs = true;
  turn = () => {};
  problem = undefined;
  leadsTo = undefined;
  recorded = [];
  lines = [];
  timer = undefined;
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await running;
});

const clock: Clock = {
  nowMs: () => 0,
  setTimer(delayMs, fire) {
    timer = { delayMs, fire };
    passed();
    return () => {};
  },
};
/** Resolves when the task waits for its next pass. */
const nextPass = () =>
  new Promise<void>((resolve) => {
    passed = resolve;
  });
async function start(rules: typeof RULES | { alias: string } = RULES): Promise<void> {
  const waiting = nextPass();
  const task = keepRules({
    netfilter: {
      open: async () => {
        if (openFailure) throw openFailure;
        return { kept: [v4, v6], others };
      },
    },
    aliases,
    rules,
    lead: {
      get target() {
        return target;
      },
      isStillOurs: () => isStillOurs,
      onChange(listener) {
        turn = listener;
        return () => {};
      },
    },
    clock,
    random: () => 1,
    logger: createLogger("agent", "info", (line) => lines.push(JSON.parse(line) as Record<string, unknown>)),
    recorder: {
      rulesDrifted: (family, drift) => recorded.push(`${family} ${drift}`),
      rulesChecked(failure, ledTo) {
        recorded.push(failure?.reason ?? "stand");
        problem = failure?.sentence;
        leadsTo = ledTo;
      },
      packetsCounted: (family, { interceptedConnections }) => recorded.push(`${family} ${interceptedConnections}`),
      failedOpen: (sight) => recorded.push(`failed open: ${sight}`),
      probed() {},
      hostInterfaceChecked() {},
    },
  });
  running = task(stop.signal);
  await waiting;
}
async function again(): Promise<void> {
  recorded = [];
  lines = [];
  const waiting = nextPass();
  timer?.fire();
  await waiting;
}

describe("the first pass", () => {
  test("sets the guard of both families before the first interception", async () => {
    const order: string[] = [];
    for (const tables of [v4, v6])
      tables.applyFailure = (input) => {
        order.push(`${tables.family} ${input.includes("ROLECALL-GUARD") ? "guard" : "interception"}`);
        return undefined;
      };
    await start();
    expect(order).toEqual(["ipv4 guard", "ipv6 guard", "ipv4 interception", "ipv6 interception"]);
    expect([...aliases.present]).toEqual([RULES.alias, RULES.alias6]);
    expect(problem).toBeUndefined();
  });

  test("is installation and no drift", async () => {
    await start();
    expect(recorded).toEqual(["ipv4 0", "ipv6 0", "stand"]);
    expect(new Set(messages())).toEqual(new Set(["kernel rules stand"]));
  });

  test("guards IPv6 and leaves it at that when there is no alias for it", async () => {
    await start({ alias: "169.254.253.1" });
    expect(v6.saved()).toContain("ROLECALL-GUARD");
    expect(v6.saved()).not.toContain("DNAT");
    expect([...aliases.present]).toEqual(["169.254.253.1"]);
  });

  test("takes what is ours from the other backend, once ours stands", async () => {
    const other = new FakeTables("ipv4", v4.saved(), "legacy");
    other.restore("*filter\n:ROLECALL-GUARD - [0:0]\n-I FORWARD 1 -j ROLECALL-GUARD\nCOMMIT\n");
    others = [other];
    v4.applyFailure = () => new RuleError("lock-held", "held");
    await start();
    expect(other.saved()).toContain("ROLECALL");
    v4.applyFailure = undefined;
    await again();
    expect(other.saved()).toBe(BUILT_IN.replaceAll(" ACCEPT ", " - "));
  });
});

describe("a later pass", () => {
  test("comes after a second and then every ten, and writes nothing while everything stands", async () => {
    await start();
    expect(timer?.delayMs).toBe(1_000);
    await again();
    expect(timer?.delayMs).toBe(10_000);
    const writes = v4.applied.length;
    await again();
    expect(v4.applied).toHaveLength(writes);
    expect(recorded).toEqual(["ipv4 0", "ipv6 0", "stand"]);
    expect(lines).toEqual([]);
  });

  test("puts drift right and tells of it, each time that it happens", async () => {
    await start();
    const before = v4.saved();
    for (let time = 0; time < 2; time++) {
      v4.restore("*filter\n-I FORWARD 1 -j ACCEPT\nCOMMIT\n");
      aliases.present.delete(RULES.alias);
      await again();
      expect(recorded).toEqual(["ipv4 jump-not-first", "ipv4 alias-missing", "ipv4 0", "ipv6 0", "stand"]);
      expect(messages()).toEqual(["kernel rules had drifted", "kernel rules had drifted"]);
      v4.restore("*filter\n-D FORWARD -j ACCEPT\nCOMMIT\n");
      expect(v4.saved()).toBe(before);
    }
  });

  test("says that pods had a way to the node's metadata where guard and interception are both gone, and only then", async () => {
    await start();
    v4.restore("*filter\n-F FORWARD\nCOMMIT\n");
    await again();
    expect(recorded).not.toContain("failed open: rules");
    v4.restore("*nat\n-F PREROUTING\nCOMMIT\n");
    await again();
    expect(recorded).not.toContain("failed open: rules");
    v4.restore("*filter\n-F ROLECALL-GUARD\nCOMMIT\n*nat\n-I PREROUTING 1 -j ACCEPT\nCOMMIT\n");
    await again();
    expect(recorded.filter((each) => each === "failed open: rules")).toHaveLength(1);
    await again();
    expect(recorded).not.toContain("failed open: rules");
  });

  test("tells once of drift that cannot be put right yet", async () => {
    await start();
    v4.restore("*filter\n-F FORWARD\nCOMMIT\n");
    v4.applyFailure = () => new RuleError("lock-held", "held");
    await again();
    expect(recorded).toContain("ipv4 jump-missing");
    await again();
    expect(recorded).toEqual(["ipv4 0", "ipv6 0", "lock-held"]);
    expect(lines).toEqual([]);
    v4.applyFailure = undefined;
    await again();
    expect(messages()).toEqual(["the kernel rules stand again"]);
    v4.restore("*filter\n-F FORWARD\nCOMMIT\n");
    await again();
    expect(recorded).toContain("ipv4 jump-missing");
  });
});

describe("a failure", () => {
  test("names its cure in the readiness and the log, and is retried sooner than a pass is due", async () => {
    openFailure = new RuleError("not-permitted", "Permission denied (you must be root)");
    await start();
    expect(problem).toMatch(/NET_ADMIN.*SELinux.*\(open: Permission denied \(you must be root\)\)/);
    expect(lines).toEqual([expect.objectContaining({ level: "error", reason: "not-permitted" })]);
    expect(timer?.delayMs).toBe(1_000);
    for (const delayMs of [2_000, 4_000, 8_000, 10_000, 10_000]) {
      await again();
      expect([timer?.delayMs, lines]).toEqual([delayMs, []]);
    }
    openFailure = undefined;
    await again();
    expect(problem).toBeUndefined();
    expect(messages()).toContain("the kernel rules stand again");
  });

  test("of one part does not keep the others from being put right", async () => {
    v4.applyFailure = (input) =>
      input.includes("ROLECALL-GUARD") ? new RuleError("unsupported", "no REJECT") : undefined;
    await start();
    expect(v4.saved()).toContain("DNAT");
    expect(v6.saved()).toContain("ROLECALL-GUARD");
    expect(problem).toContain("guard: no REJECT");
  });

  test("of IPv6 for want of kernel support is said once and does not fail the node", async () => {
    v6.applyFailure = (input) => (input.includes("*nat") ? new RuleError("unsupported", "no nat table") : undefined);
    await start();
    expect(v6.saved()).toContain("ROLECALL-GUARD");
    expect(problem).toBeUndefined();
    expect(messages()).toContain("the kernel lacks a part of the rules for IPv6");
    await again();
    expect(lines).toEqual([]);
  });

  test("is what rules are that do not stay", async () => {
    v4.isDeaf = true;
    await start();
    expect(problem).toMatch(/another program.*ROLECALL-GUARD: chain-missing/);
    expect(recorded).toContain("not-kept");
  });

  test("that nobody foresaw is one all the same", async () => {
    aliases.failure = new TypeError("ip printed no JSON");
    await start();
    expect(problem).toContain("alias: ip printed no JSON");
    expect(v4.saved()).toContain("DNAT");
  });
});

describe("while the rules are another keeper's", () => {
  test("guard and alias stand, and what leads pods to its agent is left alone", async () => {
    v4.restore("*nat\n:ROLECALL - [0:0]\n-A ROLECALL -j RETURN\n-I PREROUTING 1 -j ROLECALL\nCOMMIT\n");
    const nat = v4.saved().slice(v4.saved().indexOf("*nat"));
    target = undefined;
    await start();
    expect(v4.saved()).toContain("ROLECALL-GUARD");
    expect([...aliases.present]).toContain(RULES.alias);
    expect(v4.saved()).toContain(nat);
    expect([problem, leadsTo]).toEqual([undefined, undefined]);
  });

  test("they are written as soon as they are this one's, and looked at again after a second", async () => {
    target = undefined;
    await start();
    target = TARGET;
    const waiting = nextPass();
    turn();
    await waiting;
    expect(v4.saved()).toContain("--to-destination 169.254.253.1:8181");
    expect([leadsTo, timer?.delayMs]).toEqual(["one", 1_000]);
    await again();
    expect(timer?.delayMs).toBe(10_000);
  });

  test("a pass that began before writes nothing after", async () => {
    await start();
    v4.restore("*nat\n-F ROLECALL\nCOMMIT\n");
    const before = v4.saved();
    isStillOurs = false;
    await again();
    expect(v4.saved()).toBe(before);
    expect([problem, leadsTo]).toEqual([undefined, undefined]);
    expect(recorded).toEqual(["ipv4 0", "ipv6 0", "stand"]);
  });
});

test("rules that lead to another place are no drift", async () => {
  await start();
  target = { ...TARGET, instance: "two", port: 40_001 };
  await again();
  expect(v4.saved()).toContain("--to-destination 169.254.253.1:40001");
  expect(v4.saved()).not.toContain(":8181");
  expect(recorded).toEqual(["ipv4 0", "ipv6 0", "stand"]);
});

test("everything stays when the task ends", async () => {
  await start();
  const [before4, before6] = [v4.saved(), v6.saved()];
  stop.abort();
  await running;
  expect([v4.saved(), v6.saved(), aliases.present.size]).toEqual([before4, before6, 2]);
});
