import type { ClusterNode } from "../../cluster/cluster-node.ts";

const COMMANDS = ["iptables-nft-save", "iptables-legacy-save", "ip6tables-nft-save", "ip6tables-legacy-save"] as const;

/** A node's packet filter rules and its addresses, as text that is the same whenever they are. */
export async function tracesOn(node: ClusterNode): Promise<string> {
  const rules = await Promise.all(COMMANDS.map((command) => node.exec([command])));
  const addresses = await node.exec(["ip", "-brief", "address", "show", "scope", "host"]);
  const global = await node.exec(["ip", "-brief", "address", "show", "dev", "eth0"]);
  return [...rules.map(withoutCounters), addresses, global].join("\n");
}

/** Counters move and comments carry the time; pods' own rules, which kube-proxy and the CNI plugins keep, come and go. */
const withoutCounters = (saved: string): string =>
  saved
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.replace(/\[\d+:\d+\]/, ""))
    .join("\n");
