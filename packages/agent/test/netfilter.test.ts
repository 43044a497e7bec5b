import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeInLab } from "./netfilter/describe-in-lab.ts";
import { type Actor, NODE, NodeLab, POD } from "./netfilter/node-lab.ts";

const inLab = describeInLab("the keeping of the kernel rules");

const METADATA = { ipv4: "169.254.169.254", ipv6: "fd00:ec2::254" };
const ALIAS = { ipv4: "169.254.253.1", ipv6: "fd72:6f6c:6563::1" };
const AGENT_PORT = "8181";
const REFUSED = { refused: "ECONNREFUSED" };
const KUBE_PROXY = readFileSync(
  new URL("../src/domain/interception/fixtures/kube-node.rules", import.meta.url),
  "utf8",
);

const EMPTY_TABLES = ["filter INPUT FORWARD OUTPUT", "nat PREROUTING INPUT OUTPUT POSTROUTING"]
  .map((table) => `*${table.replaceAll(/ (\w+)/g, "\n:$1 ACCEPT [0:0]")}\nCOMMIT\n`)
  .join("");

const COUNTERS = ["interceptedConnections", "refusedPackets", "refusedDirectPackets"] as const;
interface Pass {
  readonly packets: Readonly<Record<"ipv4" | "ipv6", Readonly<Record<(typeof COUNTERS)[number], number>>>>;
}

inLab.each(["nft", "legacy"])("on a node whose rules are in the %s backend", (backend) => {
  const lab = new NodeLab();
  let keeper: Actor;
  let agents: Actor[];
  let oldConnection: Actor;
  let savedBefore: string;

  const fromPod = (address: string, port = "80") => lab.once("pod", "ask", address, port);
  const pass = () => keeper.next("pass");
  const save = (flags = "") => {
    const saved = ["iptables", "ip6tables"].map((program) => lab.run("node", `${program}-${backend}-save${flags}`));
    return saved
      .join("")
      .replaceAll(/^#.*\n/gm, "")
      .replaceAll(/ \[\d+:\d+\]$/gm, "");
  };
  const rule = (command: string) => lab.run("node", `iptables-${backend} ${command}`);
  const startAgents = async () => {
    agents = [ALIAS.ipv4, ALIAS.ipv6].map((alias) => lab.start("node", "serve", alias, AGENT_PORT, "agent"));
    for (const agent of agents) await agent.next();
  };
  const inPlace = { failure: null, drifts: [] };

  beforeAll(async () => {
    lab.build();
    lab.run("node", `iptables-${backend}-restore`, KUBE_PROXY);
    lab.run("node", `ip6tables-${backend}-restore`, EMPTY_TABLES);
    for (const address of [METADATA.ipv4, METADATA.ipv6])
      await lab.start("outside", "serve", address, "80", "metadata").next();
    savedBefore = save();
  }, 30_000);
  afterAll(() => lab.tearDown());

  test("a pod reaches the node's metadata while there is no rule", async () => {
    expect(await fromPod(METADATA.ipv4)).toEqual({ by: "metadata", source: POD.ipv4 });
    expect(await fromPod(METADATA.ipv6)).toEqual({ by: "metadata", source: POD.ipv6 });
    oldConnection = lab.start("pod", "connection", METADATA.ipv4, "80");
    expect(await oldConnection.next("ask")).toEqual({ by: "metadata", source: POD.ipv4 });
  });

  test("the guard alone refuses it at once, on every port, and ends a connection that was open", async () => {
    lab.command("guard");
    expect(await fromPod(METADATA.ipv4)).toEqual(REFUSED);
    expect(await fromPod(METADATA.ipv4, "8080")).toEqual(REFUSED);
    expect(await fromPod(METADATA.ipv6)).toEqual(REFUSED);
    expect(await oldConnection.next("ask")).toEqual({ refused: "ECONNRESET" });
  });

  test("the guard set twice is the guard set once", () => {
    const once = save();
    lab.command("guard");
    expect(save()).toBe(once);
  });

  test("kept rules bring a pod to the agent under its own address", async () => {
    keeper = lab.startKeeper();
    expect(await keeper.next()).toMatchObject(inPlace);
    await startAgents();
    expect(await fromPod(METADATA.ipv4)).toEqual({ by: "agent", source: POD.ipv4 });
    expect(await fromPod(METADATA.ipv6)).toEqual({ by: "agent", source: POD.ipv6 });
  });

  test("the guard still refuses every other port", async () => {
    expect(await fromPod(METADATA.ipv4, "8080")).toEqual(REFUSED);
  });

  test("the node itself keeps the node's metadata", async () => {
    expect(await lab.once("node", "ask", METADATA.ipv4, "80")).toEqual({ by: "metadata", source: NODE.ipv4 });
  });

  test("the agent is reached by no address of the node, nor by its alias from a pod or from outside", async () => {
    expect(await fromPod(NODE.ipv4, AGENT_PORT)).toEqual(REFUSED);
    expect(await fromPod(ALIAS.ipv4, AGENT_PORT)).toEqual(REFUSED);
    expect(await fromPod(ALIAS.ipv6, AGENT_PORT)).toEqual(REFUSED);
    expect(await lab.once("outside", "ask", ALIAS.ipv4, AGENT_PORT)).toEqual(REFUSED);
    expect(await lab.once("node", "ask", ALIAS.ipv4, AGENT_PORT)).toEqual({ by: "agent", source: ALIAS.ipv4 });
  });

  test("a pass over rules that stand changes nothing and counts what they did", async () => {
    const before = save();
    const { packets: earlier } = (await pass()) as Pass;
    await fromPod(METADATA.ipv4);
    await fromPod(METADATA.ipv4, "8080");
    await fromPod(METADATA.ipv6);
    await fromPod(ALIAS.ipv6, AGENT_PORT);
    const { packets: later, ...rest } = (await pass()) as Pass;
    expect(rest).toEqual(inPlace);
    const grown = (family: "ipv4" | "ipv6") =>
      COUNTERS.map((counter) => later[family][counter] - earlier[family][counter]);
    expect([grown("ipv4"), grown("ipv6")]).toEqual([
      [1, 1, 0],
      [1, 0, 1],
    ]);
    expect(save()).toBe(before);
  });

  test("a pod is refused while no agent runs, and answered when one does again", async () => {
    for (const agent of agents) await agent.end();
    expect(await fromPod(METADATA.ipv4)).toEqual(REFUSED);
    expect(await fromPod(METADATA.ipv6)).toEqual(REFUSED);
    await startAgents();
    expect(await fromPod(METADATA.ipv4)).toMatchObject({ by: "agent" });
  });

  test("a flushed nat table leaves pods refused, and the next pass puts it right", async () => {
    rule("-t nat -F");
    rule("-t nat -X");
    expect(await fromPod(METADATA.ipv4)).toEqual(REFUSED);
    expect(await pass()).toMatchObject({ failure: null, drifts: ["ipv4 chain-missing", "ipv4 jump-missing"] });
    expect(await fromPod(METADATA.ipv4)).toMatchObject({ by: "agent" });
  });

  test("a rule put before ours is put behind again", async () => {
    rule(`-t nat -I PREROUTING 1 -d ${METADATA.ipv4} -j ACCEPT`);
    rule(`-I FORWARD 1 -d ${METADATA.ipv4} -j ACCEPT`);
    // What the guard is there for: with the foreign rules first, the pod has the node's metadata.
    expect(await fromPod(METADATA.ipv4)).toMatchObject({ by: "metadata" });
    expect(await pass()).toMatchObject({ failure: null, drifts: ["ipv4 jump-not-first", "ipv4 jump-not-first"] });
    expect(await fromPod(METADATA.ipv4)).toMatchObject({ by: "agent" });
    expect(rule("-S FORWARD").split("\n")[1]).toContain("-j ROLECALL-GUARD");
    rule(`-t nat -D PREROUTING -d ${METADATA.ipv4} -j ACCEPT`);
    rule(`-D FORWARD -d ${METADATA.ipv4} -j ACCEPT`);
  });

  test("changed rules, doubled jumps and a lost alias are put right, each counted, and then there is peace", async () => {
    const before = save();
    rule("-A ROLECALL-GUARD -j ACCEPT");
    rule(`-A FORWARD -d ${METADATA.ipv4} -j ROLECALL-GUARD`);
    rule("-A KUBE-FORWARD -j ROLECALL-GUARD");
    lab.run("node", `ip address delete ${ALIAS.ipv4}/32 dev lo`);
    expect(await pass()).toMatchObject({
      failure: null,
      drifts: ["ipv4 rule-changed", "ipv4 jump-duplicate", "ipv4 alias-missing"],
    });
    expect(save()).toBe(before);
    expect(await pass()).toMatchObject(inPlace);
  });

  test("removal leaves the node's rules as they were, and lo too", async () => {
    await keeper.end();
    // Put back what the flush of an earlier test took from kube-proxy.
    lab.run("node", `iptables-${backend}-restore --noflush`, KUBE_PROXY.slice(KUBE_PROXY.indexOf("*nat")));
    lab.command("remove");
    expect(save()).toBe(savedBefore);
    expect(lab.run("node", "ip address show dev lo")).not.toMatch(/169\.254\.253\.1|fd72:/);
    lab.command("remove");
    expect(save()).toBe(savedBefore);
  });
});

inLab("on a node that has changed its backend", () => {
  const lab = new NodeLab();
  beforeAll(() => lab.build());
  afterAll(() => lab.tearDown());

  test("rules are kept where the node's are now, and only then taken from where they were", async () => {
    lab.run("node", "iptables-legacy-restore", "*filter\n:KUBE-FORWARD - [0:0]\n-A FORWARD -j KUBE-FORWARD\nCOMMIT\n");
    lab.command("guard");
    expect(lab.run("node", "iptables-legacy-save")).toContain("ROLECALL-GUARD");
    lab.run("node", "iptables-nft-restore", KUBE_PROXY);
    const keeper = lab.startKeeper();
    expect(await keeper.next()).toMatchObject({ failure: null });
    expect(lab.run("node", "iptables-nft-save")).toContain("ROLECALL-GUARD");
    await keeper.end();
    expect(lab.run("node", "iptables-legacy-save")).not.toContain("ROLECALL");
  });
});

inLab("case 61: the metadata service at fd00:ec2::254", () => {
  const lab = new NodeLab();
  beforeAll(() => lab.build());
  afterAll(() => lab.tearDown());

  test("answers a pod of that family on the wire: its token, its list, its credentials", async () => {
    const keeper = lab.startKeeper();
    expect(await keeper.next()).toMatchObject({ failure: null });
    await lab.startMetadata("node", "serve", ALIAS.ipv6, AGENT_PORT, POD.ipv6).next();
    expect(await lab.startMetadata("pod", "ask", `[${METADATA.ipv6}]`).next()).toEqual([
      { status: 200, body: expect.stringMatching(/^\S{20,}$/) },
      { status: 200, body: "web" },
      { status: 200, body: expect.stringContaining('"SecretAccessKey" : "secret-key-of-pod-p"') },
    ]);
    await keeper.end();
  });
});

inLab("on a node without IPv6 on its loopback interface", () => {
  const lab = new NodeLab();
  beforeAll(() => lab.build());
  afterAll(() => lab.tearDown());

  test("an alias for IPv6 that cannot be is no failure: the guard stands, and IPv4 is intercepted", async () => {
    lab.run("node", "sysctl -qw net.ipv6.conf.lo.disable_ipv6=1");
    const keeper = lab.startKeeper();
    expect(await keeper.next()).toMatchObject({ failure: null });
    expect(lab.run("node", "ip6tables-save")).toContain("ROLECALL-GUARD");
    expect(lab.run("node", "ip6tables-save")).not.toContain("DNAT");
    expect(lab.run("node", "iptables-save")).toContain("DNAT");
    await keeper.end();
  });
});

inLab("on a node whose user data has set the guard before the kubelet starts (docs/bootstrap/guard.sh)", () => {
  const SNIPPET = fileURLToPath(new URL("../../../docs/bootstrap/guard.sh", import.meta.url));
  const lab = new NodeLab();
  const save = () =>
    ["iptables-save", "ip6tables-save"]
      .map((command) => lab.run("node", command))
      .join("")
      .replaceAll(/^#.*\n/gm, "");
  beforeAll(() => lab.build());
  afterAll(() => lab.tearDown());

  test("a pod is refused from then on, by IPv6 too, and a second run changes nothing", async () => {
    for (const address of [METADATA.ipv4, METADATA.ipv6])
      await lab.start("outside", "serve", address, "80", "metadata").next();
    expect(await lab.once("pod", "ask", METADATA.ipv4, "80")).toMatchObject({ by: "metadata" });
    lab.run("node", `/bin/sh ${SNIPPET}`);
    expect(await lab.once("pod", "ask", METADATA.ipv4, "80")).toEqual(REFUSED);
    expect(await lab.once("pod", "ask", METADATA.ipv6, "80")).toEqual(REFUSED);
    const once = save().replaceAll(/\[\d+:\d+\]/g, "");
    lab.run("node", `/bin/sh ${SNIPPET}`);
    expect(save().replaceAll(/\[\d+:\d+\]/g, "")).toBe(once);
  });

  test("the init container's guard finds it whole: no drift, no duplicate, not even a rewrite", () => {
    const before = save();
    lab.command("guard");
    expect(save()).toBe(before);
    expect(before.match(/-j ROLECALL-GUARD/g)).toHaveLength(2);
  });
});
