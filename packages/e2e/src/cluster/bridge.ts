import { readFileSync } from "node:fs";
import { BRIDGE, GATEWAY, METADATA_ADDRESS } from "./network-plan.ts";
import { run, tryRun } from "./run.ts";

interface LinkAddresses {
  readonly ifname: string;
  readonly addr_info: readonly { readonly local: string }[];
}

/** The interface, other than ours, that has one of the bridge's addresses; a second cluster or Podman may. */
export async function interfaceInTheWay(): Promise<string | undefined> {
  const links: LinkAddresses[] = JSON.parse(await run("ip", ["-json", "-4", "address", "show"]));
  return links.find(
    ({ ifname, addr_info }) =>
      ifname !== BRIDGE && addr_info.some(({ local }) => local === GATEWAY || local === METADATA_ADDRESS),
  )?.ifname;
}

export async function makeBridge(): Promise<void> {
  await run("ip", ["link", "add", BRIDGE, "type", "bridge"]);
  await run("ip", ["address", "add", `${GATEWAY}/24`, "dev", BRIDGE]);
  await run("ip", ["address", "add", `${METADATA_ADDRESS}/32`, "dev", BRIDGE]);
  await run("ip", ["link", "set", BRIDGE, "up"]);
}

/** Does nothing when there is none. Routes over the bridge go with it. */
export async function removeBridge(): Promise<void> {
  await tryRun("ip", ["link", "delete", BRIDGE]);
}

/** Whether frames that only cross a bridge pass the machine's FORWARD rules, as they do where Docker runs. */
export function bridgedFramesAreFiltered(): boolean {
  try {
    return readFileSync("/proc/sys/net/bridge/bridge-nf-call-iptables", "utf8").trim() === "1";
  } catch {
    return false;
  }
}

const FORWARD_RULE = ["FORWARD", "-i", BRIDGE, "-o", BRIDGE, "-j", "ACCEPT"] as const;

/** Lets nodes reach each other whatever the machine's FORWARD policy is; Docker sets it to DROP. */
export async function allowForwarding(): Promise<void> {
  await run("iptables", ["--wait", "--insert", ...FORWARD_RULE]);
}

export async function removeForwardRule(): Promise<void> {
  await tryRun("iptables", ["--wait", "--delete", ...FORWARD_RULE]);
}
