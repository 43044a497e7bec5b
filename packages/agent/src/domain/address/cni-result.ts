import { canonicalAddress, isLocalOnly } from "./ip-address.ts";

export interface PodName {
  readonly podUid: string;
  readonly namespace: string;
  readonly name: string;
}

/** What one attachment of one pod sandbox to one network says. A pod has one for each of its interfaces, `lo` included. */
export interface CniResult extends PodName {
  readonly containerId: string;
  /** Canonical; empty for the loopback interface. */
  readonly ips: readonly string[];
}

export const CNI_PROBLEMS = [
  /** The text is no whole JSON: libcni writes in place, so this is what a reader sees in the middle of a write. */
  "incomplete",
  /** Not what libcni's cache holds: another program's file, or a format of the future. */
  "not-a-cni-result",
  /** An attachment of a container that the runtime did not name as a Kubernetes pod. */
  "no-pod",
  "address-malformed",
] as const;
export type CniProblem = (typeof CNI_PROBLEMS)[number];

export type ParsedCniResult =
  | { readonly kind: "result"; readonly result: CniResult }
  | { readonly kind: "problem"; readonly problem: CniProblem; readonly detail: string };

/**
 * Reads one file of libcni's result cache, `<network>-<container>-<interface>` under `/var/lib/cni/results`.
 * Source: `cachedInfo` in https://github.com/containernetworking/cni/blob/main/libcni/api.go. The runtime (containerd,
 * CRI-O) passes the pod as `cniArgs`; the result is the last plugin's, of whatever CNI version the network is.
 */
export function parseCniResult(text: string): ParsedCniResult {
  const problem = (kind: CniProblem, detail: string) => ({ kind: "problem", problem: kind, detail }) as const;
  const cached = parseJson(text);
  if (cached === undefined) return problem("incomplete", `${text.length} characters that are no whole JSON document`);
  if (!isRecord(cached) || cached["kind"] !== "cniCacheV1")
    return problem("not-a-cni-result", "its kind is not cniCacheV1");
  const containerId = cached["containerId"];
  if (typeof containerId !== "string") return problem("not-a-cni-result", "it names no container");

  const args = pairs(cached["cniArgs"]);
  const podUid = args.get("K8S_POD_UID");
  const namespace = args.get("K8S_POD_NAMESPACE");
  const name = args.get("K8S_POD_NAME");
  if (!podUid || !namespace || !name)
    return problem("no-pod", "cniArgs lack K8S_POD_UID, K8S_POD_NAMESPACE or K8S_POD_NAME");

  const ips = new Set<string>();
  for (const address of addressesOf(cached["result"])) {
    const ip = typeof address === "string" ? canonicalAddress(address.split("/", 1)[0] ?? "") : undefined;
    if (ip === undefined) return problem("address-malformed", `${JSON.stringify(address)} is no address`);
    if (!isLocalOnly(ip)) ips.add(ip);
  }
  return { kind: "result", result: { podUid, namespace, name, containerId, ips: [...ips] } };
}

/** CNI 0.3 and later list `ips`; 0.1 and 0.2 have one address of each family. */
function addressesOf(result: unknown): readonly unknown[] {
  if (!isRecord(result)) return [];
  const listed = Array.isArray(result["ips"]) ? result["ips"].map((ip) => (isRecord(ip) ? ip["address"] : ip)) : [];
  const single = [result["ip4"], result["ip6"]].filter(isRecord).map((ip) => ip["ip"]);
  return [...listed, ...single];
}

function pairs(value: unknown): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const pair of Array.isArray(value) ? value : []) {
    if (Array.isArray(pair) && typeof pair[0] === "string" && typeof pair[1] === "string") map.set(pair[0], pair[1]);
  }
  return map;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** @returns undefined for what is no JSON, which no JSON text can mean */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
