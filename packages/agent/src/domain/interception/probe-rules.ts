import type { OwnChain } from "./rules.ts";
import { PROBE_CHAIN, PROBE_SOURCE } from "./rules.ts";

/**
 * A link of two ends in the node's own network, by which the keeper sends itself what a pod would send: what leaves by one
 * end enters by the other from an address that is none of the node's, and so takes a pod's way through PREROUTING. It needs
 * NET_ADMIN and no namespace.
 */
export const PROBE_LINK = {
  clientEnd: "rolecall-p0",
  podEnd: "rolecall-p1",
  /** What the keeper's own socket is bound to. Link-local, like the alias, and nobody else's on EC2. */
  clientAddress: "169.254.253.3",
  metadataAddress: "169.254.169.254",
  /** Locally administered and fixed, so that the ends need not ask for each other, and systemd makes up no others. */
  clientMac: "02:72:6f:6c:65:00",
  podMac: "02:72:6f:6c:65:01",
  routeTable: 2539,
  /** Before the rules of the Amazon VPC CNI plugin (512 and later). */
  rulePriority: 253,
} as const;

const { clientEnd, podEnd, clientAddress, metadataAddress, clientMac, podMac, routeTable, rulePriority } = PROBE_LINK;

/**
 * Lines for `ip -force -batch` that make the link. Those that make what exists already fail and change nothing.
 *
 * The route back to the pod's address makes its packets pass a strict reverse-path filter (`rp_filter=1`); for the same
 * reason none from anywhere else, a pod included, passes with that source. Where the filter is off such a pod has no use
 * of it: what is answered leaves by this link.
 */
export const PROBE_LINK_COMMANDS: readonly string[] = [
  `link add ${clientEnd} address ${clientMac} type veth peer name ${podEnd} address ${podMac}`,
  `link set dev ${clientEnd} up`,
  `link set dev ${podEnd} up`,
  `address replace ${clientAddress}/32 dev ${clientEnd} scope host`,
  `neighbour replace ${metadataAddress} lladdr ${podMac} nud permanent dev ${clientEnd}`,
  `neighbour replace ${PROBE_SOURCE} lladdr ${clientMac} nud permanent dev ${podEnd}`,
  `route replace ${PROBE_SOURCE}/32 dev ${podEnd} scope link`,
  `route replace ${metadataAddress}/32 dev ${clientEnd} scope link table ${routeTable}`,
  `rule add from ${clientAddress}/32 lookup ${routeTable} priority ${rulePriority}`,
];

/** Arguments of `ip` that take the link away, and with it its addresses, routes and neighbours. */
export const PROBE_LINK_REMOVAL: readonly (readonly string[])[] = [
  ["rule", "delete", "from", `${clientAddress}/32`, "lookup", String(routeTable), "priority", String(rulePriority)],
  ["link", "delete", "dev", clientEnd],
];

/** What gives the probe's packets their foreign source, before any other rule can give them the node's. */
export const PROBE_CHAINS: readonly OwnChain[] = [
  {
    table: "nat",
    name: PROBE_CHAIN,
    parent: "POSTROUTING",
    // Both addresses, and no other.
    jump: `-s ${PROBE_SOURCE}/31 -j ${PROBE_CHAIN}`,
    rules: [
      `-s ${clientAddress}/32 -o ${clientEnd} -j SNAT --to-source ${PROBE_SOURCE}`,
      // Only what neither interception nor guard took leaves the node; the answer to that must find its way back to be seen.
      `-s ${PROBE_SOURCE}/32 ! -o ${podEnd} -j MASQUERADE`,
    ],
  },
];
