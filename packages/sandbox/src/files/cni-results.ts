import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** One interface of one pod sandbox, as a container runtime adds it through libcni. */
export interface CniResult {
  /** The network's name in its configuration: `aws-cni` for the VPC CNI, `cni-loopback` for containerd's loopback. */
  readonly network?: string;
  /** The sandbox's container ID. */
  readonly containerId: string;
  readonly ifName?: string;
  readonly podUid: string;
  readonly namespace: string;
  readonly name: string;
  /** Addresses, with or without a prefix length; /32 or /128 where there is none. */
  readonly ips: readonly string[];
  readonly gateway?: string;
  /** Of the configuration and the result; below 1.0.0 each address also says its IP version. */
  readonly cniVersion?: string;
  readonly capabilityArgs?: Readonly<Record<string, unknown>>;
}

type CniResultKey = Pick<CniResult, "network" | "containerId" | "ifName">;

/** Where libcni keeps the result below its results directory. */
export const cniResultFile = (
  dir: string,
  { network = "aws-cni", containerId, ifName = "eth0" }: CniResultKey,
): string => join(dir, `${network}-${containerId}-${ifName}`);

/**
 * Writes a result into `dir` (a node's `/var/lib/cni/results`) as libcni's `cacheAdd` does: in place, so that a reader
 * may find the file empty or cut off. Source: https://github.com/containernetworking/cni, libcni/api.go.
 *
 * @returns the file
 */
export function writeCniResult(dir: string, result: CniResult): string {
  return writeFileIn(dir, result, cniResultContent(result));
}

/** Leaves the first half of a result, as a reader sees it that comes between libcni's open and its last write. */
export function writeHalf(dir: string, result: CniResult): string {
  const content = cniResultContent(result);
  return writeFileIn(dir, result, content.slice(0, Math.floor(content.length / 2)));
}

/** Removes a result as libcni does after DEL. */
export function removeCniResult(dir: string, key: CniResultKey): void {
  rmSync(cniResultFile(dir, key));
}

function writeFileIn(dir: string, key: CniResultKey, content: string): string {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = cniResultFile(dir, key);
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

/** The file's content. Keys come in the order of libcni's struct; the runtime hands over `cniArgs` in any order. */
export function cniResultContent(result: CniResult): string {
  const { network = "aws-cni", containerId, ifName = "eth0", cniVersion = "1.0.0" } = result;
  const sandbox = `/var/run/netns/cni-${containerId.slice(0, 12)}`;
  const inside = { mac: "0a:00:00:00:00:01", name: ifName, sandbox };
  const interfaces = ifName === "lo" ? [inside] : [{ name: `eni${containerId.slice(0, 11)}` }, inside];
  const ips = result.ips.map((ip) => {
    const isV6 = ip.includes(":");
    return {
      address: ip.includes("/") ? ip : `${ip}/${isV6 ? 128 : 32}`,
      ...(ifName === "lo" ? {} : { gateway: result.gateway ?? (isV6 ? "fe80::1" : "169.254.1.1") }),
      interface: interfaces.length - 1,
      ...(cniVersion.startsWith("0.") ? { version: isV6 ? "6" : "4" } : {}),
    };
  });
  return JSON.stringify({
    kind: "cniCacheV1",
    containerId,
    config: Buffer.from(JSON.stringify(configuration(network, cniVersion))).toString("base64"),
    ifName,
    networkName: network,
    netns: sandbox,
    cniArgs: [
      ["K8S_POD_UID", result.podUid],
      ["K8S_POD_NAMESPACE", result.namespace],
      ["K8S_POD_NAME", result.name],
      ["K8S_POD_INFRA_CONTAINER_ID", containerId],
      ["IgnoreUnknown", "1"],
    ],
    capabilityArgs: result.capabilityArgs ?? { dns: {} },
    result: {
      cniVersion,
      dns: {},
      interfaces,
      ips,
      routes: ifName === "lo" ? [] : [{ dst: "0.0.0.0/0" }],
    },
  });
}

const configuration = (network: string, cniVersion: string) => ({
  cniVersion,
  name: network,
  plugins: [
    { type: "aws-cni", vethPrefix: "eni", mtu: "9001" },
    { type: "portmap", capabilities: { portMappings: true }, snat: true },
  ],
});
