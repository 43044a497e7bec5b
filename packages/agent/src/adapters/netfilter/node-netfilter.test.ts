import { describe, expect, test } from "@jest/globals";
import { RuleError } from "../../application/ports/rule-tables.ts";
import { LoopbackAddresses } from "./loopback-addresses.ts";
import { NodeNetfilter } from "./node-netfilter.ts";
import type { RunProgram } from "./run-program.ts";

/** Programs by name and what each prints; one that is not listed is missing. */
const machine =
  (programs: Readonly<Record<string, string | RuleError>>, ran: string[] = []): RunProgram =>
  async (program, args, { input, onLine } = {}) => {
    ran.push([program, ...args, ...(input ? [`<<${input}`] : [])].join(" "));
    const output = programs[program];
    if (output === undefined) throw new RuleError("program-missing", `spawn ${program} ENOENT`);
    if (output instanceof RuleError) throw output;
    for (const line of output.split("\n")) onLine?.(line);
  };

const KUBE = ":KUBE-FORWARD - [0:0]\n-A FORWARD -j KUBE-FORWARD";
const OTHER = "-A INPUT -j ACCEPT\n-A INPUT -j DROP";
const OURS = ":ROLECALL-GUARD - [0:0]\n-A FORWARD -j ROLECALL-GUARD\n-A ROLECALL-GUARD -p tcp -j REJECT";
const saves = (nft: string, legacy: string) => ({
  "iptables-nft-save": nft,
  "ip6tables-nft-save": "",
  "iptables-legacy-save": legacy,
  "ip6tables-legacy-save": "",
});
const chosenOn = async (programs: Readonly<Record<string, string | RuleError>>) => {
  const { kept, others } = await new NodeNetfilter(machine(programs)).open();
  return [kept[0]?.backend, others[0]?.backend];
};

describe("the backend", () => {
  test.each([
    ["nft, where kube-proxy's chains are", saves(KUBE, OTHER), ["nft", "legacy"]],
    ["legacy, where kube-proxy's chains are", saves(OTHER, KUBE), ["legacy", "nft"]],
    ["where more rules are, when there is no kube-proxy", saves("", OTHER), ["legacy", "nft"]],
    [
      "the image's own, when the node has no rules",
      { ...saves("", ""), iptables: "iptables v1.8.9 (legacy)" },
      ["legacy", "nft"],
    ],
    [
      "nft, when the image's own is nft",
      { ...saves("", ""), iptables: "iptables v1.8.9 (nf_tables)" },
      ["nft", "legacy"],
    ],
    [
      "not where only our own rules are",
      { ...saves("", OURS), iptables: "iptables v1.8.9 (nf_tables)" },
      ["nft", "legacy"],
    ],
    ["the only one of the image", { "iptables-legacy-save": "", "ip6tables-legacy-save": "" }, ["legacy", undefined]],
    ["what is called iptables, in an image that cannot tell", { iptables: "iptables v1.4.21" }, ["default", undefined]],
  ])("is %s", async (_, programs, expected) => {
    expect(await chosenOn(programs)).toEqual(expected);
  });

  test("that the kernel lacks is left out", async () => {
    const missing = new RuleError("unsupported", "Failed to initialize nft: Protocol not supported");
    expect(await chosenOn({ ...saves("", ""), "iptables-nft-save": missing })).toEqual(["legacy", undefined]);
  });

  test("is a failure where no program may look", async () => {
    const denied = new RuleError("not-permitted", "Permission denied (you must be root)");
    const programs = {
      "iptables-nft-save": denied,
      "iptables-legacy-save": denied,
      iptables: "iptables v1.8.9 (nf_tables)",
    };
    await expect(chosenOn(programs)).rejects.toBe(denied);
  });

  test("is a failure in an image without iptables", async () => {
    await expect(chosenOn({})).rejects.toMatchObject({ reason: "program-missing" });
  });
});

test("rules are read with counters and written at once, waiting for the lock", async () => {
  const ran: string[] = [];
  const programs = { ...saves(KUBE, ""), "iptables-nft-restore": "" };
  const { kept } = await new NodeNetfilter(machine(programs, ran)).open();
  ran.length = 0;
  const saved = await kept[0]?.read();
  expect(saved).toEqual(new Map());
  await kept[0]?.apply("*nat\nCOMMIT\n");
  expect(ran).toEqual(["iptables-nft-save -c", "iptables-nft-restore --noflush --wait 4 <<*nat\nCOMMIT\n"]);
});

describe("an address of lo", () => {
  const show = (...locals: string[]) => JSON.stringify([{ addr_info: locals.map((local) => ({ local })) }]);
  const run = async (ip: string, act: (aliases: LoopbackAddresses) => Promise<unknown>) => {
    const ran: string[] = [];
    const result = await act(new LoopbackAddresses(machine({ ip }, ran)));
    return [result, ran.slice(1)];
  };

  test("is added where it is missing, and left where it is", async () => {
    expect(await run(show("127.0.0.1"), (aliases) => aliases.ensure("169.254.253.1"))).toEqual([
      true,
      ["ip address replace 169.254.253.1/32 dev lo scope host"],
    ]);
    expect(await run(show("::1"), (aliases) => aliases.ensure("fd72::1"))).toEqual([
      true,
      ["ip address replace fd72::1/128 dev lo nodad"],
    ]);
    expect(await run(show("127.0.0.1", "169.254.253.1"), (aliases) => aliases.ensure("169.254.253.1"))).toEqual([
      false,
      [],
    ]);
  });

  test("is taken away where it is, and no other", async () => {
    expect(await run(show("127.0.0.1", "169.254.253.1"), (aliases) => aliases.remove("169.254.253.1"))).toEqual([
      undefined,
      ["ip address delete 169.254.253.1/32 dev lo"],
    ]);
    expect(await run(show("127.0.0.1"), (aliases) => aliases.remove("169.254.253.1"))).toEqual([undefined, []]);
  });
});
