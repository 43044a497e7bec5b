import { BRIDGE, GATEWAY, type NodeAddresses } from "./network-plan.ts";
import type { ProcessId } from "./processes.ts";
import { run, tryRun } from "./run.ts";

/** Hangs a node on the bridge. The link goes when the node's namespaces do. */
export async function connectNode(init: ProcessId, { ip, podRange, link }: NodeAddresses): Promise<void> {
  const inNode = (...command: string[]) => run("nsenter", ["--target", String(init.pid), "--net", "--", ...command]);
  // A connection whose other end died with its node keeps a dead node's network, and with it the link, for minutes.
  await tryRun("ip", ["link", "delete", link]);
  await run("ip", ["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", String(init.pid)]);
  await run("ip", ["link", "set", link, "master", BRIDGE, "up"]);
  await inNode("ip", "address", "add", `${ip}/24`, "dev", "eth0");
  await inNode("ip", "link", "set", "eth0", "up");
  await inNode("ip", "link", "set", "lo", "up");
  await inNode("ip", "route", "add", "default", "via", GATEWAY);
  await inNode("sysctl", "--quiet", "--write", "net.ipv4.ip_forward=1");
  // What leaves the cluster, the metadata address included, carries the node's address, as on EC2.
  await inNode(
    ...["iptables", "--wait", "--table", "nat", "--append", "POSTROUTING"],
    ...["--source", podRange, "!", "--destination", "10.0.0.0/8", "--jump", "MASQUERADE"],
  );
  await run("ip", ["route", "replace", podRange, "via", ip]);
}

/** Tells a node the way to the pods of another. */
export async function addPodRoute(init: ProcessId, to: NodeAddresses): Promise<void> {
  const route = ["ip", "route", "add", to.podRange, "via", to.ip];
  await run("nsenter", ["--target", String(init.pid), "--net", "--", ...route]);
}
