import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeInLab } from "./netfilter/describe-in-lab.ts";
import { type Actor, NodeLab, POD } from "./netfilter/node-lab.ts";

const inLab = describeInLab("the self-probe");

const METADATA = "169.254.169.254";
const ALIAS = "169.254.253.1";
const KUBE_PROXY = readFileSync(
  new URL("../src/domain/interception/fixtures/kube-node.rules", import.meta.url),
  "utf8",
);
/** Everything of the node's network that the probe could leave a trace in. */
const TRACES = ["ip -brief address", "ip rule", "ip route show table all", "ip neighbour show nud permanent"];

/** `rp_filter`: loose, as the Amazon VPC CNI plugin sets it, and strict, as some distributions do. */
inLab.each([
  ["nft", 1],
  ["legacy", 2],
] as const)("the self-probe on a node with %s rules and rp_filter=%d", (backend, rpFilter) => {
  const lab = new NodeLab();
  let keeper: Actor;
  let agent: Actor;
  let probe: Actor;
  let before: string;

  const pass = () => probe.next("probe");
  const rule = (command: string) => lab.run("node", `iptables-${backend} ${command}`);
  const traces = () =>
    [...TRACES, `iptables-${backend}-save`]
      .map((command) => lab.run("node", command))
      .join("")
      .replaceAll(/^#.*\n/gm, "")
      .replaceAll(/ \[\d+:\d+\]$/gm, "");
  const startAgent = async () => {
    agent = lab.start("node", "serve", ALIAS, "8181", "agent");
    await agent.next();
  };

  beforeAll(async () => {
    lab.build();
    for (const name of ["all", "default", "eth0", "eni1a2b3c"])
      lab.run("node", `sysctl -qw net.ipv4.conf.${name}.rp_filter=${rpFilter}`);
    lab.run("node", `iptables-${backend}-restore`, KUBE_PROXY);
    // What sends pods' packets away under the node's own address, as the Amazon VPC CNI plugin does.
    lab.run("node", `iptables-${backend} -t nat -A POSTROUTING -o eth0 -j MASQUERADE`);
    await lab.start("outside", "serve", METADATA, "80", "metadata").next();
    before = traces();
    keeper = lab.startKeeper();
    await keeper.next();
    await startAgent();
    probe = lab.startProbe();
  }, 30_000);
  afterAll(() => lab.tearDown());

  test("arrives at the agent by the way of a pod", async () => {
    expect(await pass()).toBe("arrives");
    expect(await lab.once("pod", "ask", METADATA, "80")).toEqual({ by: "agent", source: POD.ipv4 });
  });

  test("is counted as no pod's connection and no pod's refusal", async () => {
    const packets = async () => ((await keeper.next("pass")) as { packets: { ipv4: object } }).packets.ipv4;
    const earlier = await packets();
    await pass();
    await pass();
    expect(await packets()).toEqual(earlier);
  });

  test("is set up once: a second time changes nothing", async () => {
    const once = traces();
    const again = lab.startProbe();
    expect(await again.next("probe")).toBe("arrives");
    await again.end();
    expect(traces()).toBe(once);
  });

  test("is refused while no agent listens", async () => {
    await agent.end();
    expect(await pass()).toBe("refused");
    await startAgent();
    expect(await pass()).toBe("arrives");
  });

  test("is refused where the interception was taken away, and arrives once it is back", async () => {
    rule("-t nat -F ROLECALL");
    expect(await pass()).toBe("refused");
    await keeper.next("pass");
    expect(await pass()).toBe("arrives");
  });

  test("passes by where a rule before ours leads elsewhere, which no listing of ours would show", async () => {
    rule(`-t nat -I PREROUTING 1 -d ${METADATA} -p tcp --dport 80 -j DNAT --to-destination ${ALIAS}:8282`);
    const foreign = lab.start("node", "serve", ALIAS, "8282", "another proxy");
    await foreign.next();
    expect(await pass()).toBe("passed-by");
    await foreign.end();
    rule(`-t nat -D PREROUTING -d ${METADATA} -p tcp --dport 80 -j DNAT --to-destination ${ALIAS}:8282`);
    expect(await pass()).toBe("arrives");
  });

  test("passes by where neither interception nor guard is left, and pods get the node's metadata", async () => {
    rule("-t nat -F ROLECALL");
    rule("-F ROLECALL-GUARD");
    expect(await lab.once("pod", "ask", METADATA, "80")).toMatchObject({ by: "metadata" });
    expect(await pass()).toBe("passed-by");
    await keeper.next("pass");
    expect(await pass()).toBe("arrives");
  });

  test("is lost where the packet is dropped", async () => {
    rule(`-I INPUT 1 -d ${ALIAS} -j DROP`);
    expect(await pass()).toBe("lost");
    rule(`-D INPUT -d ${ALIAS} -j DROP`);
    expect(await pass()).toBe("arrives");
  });

  test.each([
    ["its rule of routing", "ip rule delete priority 253"],
    ["its route", "ip route flush table 2539"],
    ["its way back", "ip route delete 169.254.253.2 dev rolecall-p1"],
    ["its address", "ip address flush dev rolecall-p0"],
    ["its neighbour", "ip neighbour delete 169.254.169.254 dev rolecall-p0"],
    ["its link", "ip link delete rolecall-p0"],
    ["its end", "ip link set rolecall-p1 down"],
  ])("comes back by itself when somebody takes away %s", async (_what, command) => {
    lab.run("node", command);
    expect(await pass()).toBe("arrives");
  });

  test("comes back by itself when the nat table is flushed", async () => {
    rule("-t nat -F");
    await keeper.next("pass");
    expect(await pass()).toBe("arrives");
  });

  test("goes without a trace", async () => {
    await probe.end();
    await keeper.end();
    lab.run("node", `iptables-${backend}-restore --noflush`, KUBE_PROXY.slice(KUBE_PROXY.indexOf("*nat")));
    lab.run("node", `iptables-${backend} -t nat -A POSTROUTING -o eth0 -j MASQUERADE`);
    lab.command("remove");
    expect(traces()).toBe(before);
    lab.command("remove");
    expect(traces()).toBe(before);
  });
});
