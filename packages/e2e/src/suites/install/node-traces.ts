import type { ClusterNode } from "../../cluster/cluster-node.ts";

/** What a node has of rules, addresses, links, routes and files of ours, by its name, as text that is the same whenever they are. */
export type Traces = Readonly<Record<string, readonly string[]>>;

const COMMANDS: readonly (readonly string[])[] = [
  ["iptables-nft-save"],
  ["iptables-legacy-save"],
  ["ip6tables-nft-save"],
  ["ip6tables-legacy-save"],
  ["ip", "-brief", "address", "show", "dev", "lo"],
  ["ip", "-brief", "address", "show", "dev", "eth0"],
  ["ip", "-brief", "link"],
  ["ip", "rule"],
  ["ip", "route", "show", "table", "all"],
  ["ip", "neighbour", "show", "nud", "permanent"],
  ["ls", "-A", "/run/rolecall"],
];

export async function tracesOn(nodes: readonly ClusterNode[]): Promise<Traces> {
  const traces = nodes.map(async (node) => {
    const outputs = await Promise.all(COMMANDS.map((command) => node.exec(command)));
    return [node.name, outputs.map(withoutCounters)] as const;
  });
  return Object.fromEntries(await Promise.all(traces));
}

/** Counters move, comments carry the time, and pods come and go with their links. */
const withoutCounters = (output: string): string =>
  output
    .split("\n")
    .filter((line) => !line.startsWith("#") && !/(?:^|dev )veth/.test(line))
    .map((line) => line.replace(/\[\d+:\d+\]/, ""))
    .join("\n");
