import type { HostInterface } from "./host-interface.ts";

export const FAMILIES = ["ipv4", "ipv6"] as const;
export type Family = (typeof FAMILIES)[number];

/**
 * A chain that is ours from its first rule to its last, and the jump that leads to it. Rules and jump are written as
 * `iptables-save` prints them, so that what is wanted and what is there compare as text.
 */
export interface OwnChain {
  readonly table: "filter" | "nat";
  readonly name: string;
  readonly rules: readonly string[];
  /** The built-in chain whose first rule the jump is. */
  readonly parent: string;
  readonly jump: string;
}

export const GUARD_CHAIN = "ROLECALL-GUARD";
export const INTERCEPTION_CHAIN = "ROLECALL";
export const ALIAS_CHAIN = "ROLECALL-ALIAS";
export const PROBE_CHAIN = "ROLECALL-PROBE";
export const OWN_CHAINS: readonly string[] = [GUARD_CHAIN, INTERCEPTION_CHAIN, ALIAS_CHAIN, PROBE_CHAIN];

/** The pod that the self-probe plays: an address that is nobody's, the node's neither. */
export const PROBE_SOURCE = "169.254.253.2";
/** What the self-probe asks the agent for. */
export const PROBE_PATH = "/rolecall/probe";

/** Of the self-probe, which there is in IPv4 alone. */
const FROM_PROBE: Readonly<Record<Family, readonly string[]>> = { ipv4: [`-s ${PROBE_SOURCE}/32`], ipv6: [] };

/** Where EC2 serves instance metadata. */
const METADATA_ADDRESS: Readonly<Record<Family, string>> = {
  ipv4: "169.254.169.254",
  ipv6: "fd00:ec2::254",
};
/** Where ECS serves container credentials, and clients take plain HTTP from. EKS Pod Identity has 169.254.170.23. */
const CONTAINER_ADDRESS = "169.254.170.2";
const HTTP_PORT = 80;
const HOST_BITS: Readonly<Record<Family, number>> = { ipv4: 32, ipv6: 128 };
const PORT_UNREACHABLE: Readonly<Record<Family, string>> = {
  ipv4: "icmp-port-unreachable",
  ipv6: "icmp6-port-unreachable",
};

export interface InterceptionRulesOptions {
  /** Where on the alias the agent listens. */
  readonly port: number;
  /** Link-local, so that no other node can route to it; on `lo`, so that no interface need be named. */
  readonly alias: string;
  /** Absent: metadata over IPv6 is refused, not answered. */
  readonly alias6?: string | undefined;
  /** Where on the alias container credentials are answered; absent: that address is not taken over. */
  readonly containerPort?: number | undefined;
  /** Absent, as it should be: traffic of every interface is intercepted. */
  readonly hostInterface?: HostInterface | undefined;
}

/** What of them stays the same whichever agent the rules lead to. */
export type KeptRules = Omit<InterceptionRulesOptions, "port" | "containerPort">;

/** @returns the alias of a family, or undefined where the family is only guarded */
export const aliasOf = (family: Family, { alias, alias6 }: KeptRules): string | undefined =>
  family === "ipv4" ? alias : alias6;

/**
 * Refuses whatever is forwarded to the metadata address. What the interception takes goes to a local address, through
 * INPUT, and never comes here; so guard and interception stand side by side, and without the latter, or without an agent,
 * a pod is refused at once and does not get the node's role. A reset also ends a connection that was open before.
 * The node's own requests are not forwarded, and stay as they are.
 */
export function guardChains(family: Family): readonly OwnChain[] {
  const metadata = host(family, METADATA_ADDRESS[family]);
  return [
    {
      table: "filter",
      name: GUARD_CHAIN,
      parent: "FORWARD",
      // The match in the jump spares every other forwarded packet the way into the chain.
      jump: `-d ${metadata} -j ${GUARD_CHAIN}`,
      rules: [
        // Without a target: it counts the self-probe's packets apart from pods', and lets them go on.
        ...FROM_PROBE[family],
        `-d ${metadata} -p tcp -j REJECT --reject-with tcp-reset`,
        `-d ${metadata} -j REJECT --reject-with ${PORT_UNREACHABLE[family]}`,
      ],
    },
  ];
}

/** Brings metadata requests to the agent, and only those: whoever dials the alias itself from outside the node is refused. */
export function interceptionChains(family: Family, options: InterceptionRulesOptions): readonly OwnChain[] {
  const alias = aliasOf(family, options);
  if (alias === undefined) return [];
  const metadata = host(family, METADATA_ADDRESS[family]);
  const containers = family === "ipv4" ? options.containerPort : undefined;
  const http = (packets: string) => `${packets} -p tcp -m tcp --dport ${HTTP_PORT}`;
  const redirect = (packets: string, port: number) => {
    const destination = family === "ipv4" ? `${alias}:${port}` : `[${alias}]:${port}`;
    return `${http(packets)} -j DNAT --to-destination ${destination}`;
  };
  const to = (address: string) => `-d ${address}${inInterface(options.hostInterface)}`;
  // Counted and let go on to the rule of the pods; where that names an interface, the probe's is another one.
  const probes = FROM_PROBE[family].map((source) =>
    options.hostInterface ? redirect(`${source} -d ${metadata}`, options.port) : http(source),
  );
  return [
    {
      table: "filter",
      name: ALIAS_CHAIN,
      parent: "INPUT",
      jump: `-d ${host(family, alias)} -j ${ALIAS_CHAIN}`,
      // The kernel takes a packet to an address of `lo` by any interface. The node's own probe comes by `lo`.
      rules: [
        `-d ${host(family, alias)} ! -i lo -p tcp -m conntrack ! --ctstate DNAT -j REJECT --reject-with tcp-reset`,
      ],
    },
    {
      table: "nat",
      name: INTERCEPTION_CHAIN,
      parent: "PREROUTING",
      jump: containers === undefined ? `-d ${metadata} -j ${INTERCEPTION_CHAIN}` : `-j ${INTERCEPTION_CHAIN}`,
      rules: [
        ...probes,
        redirect(to(metadata), options.port),
        ...(containers === undefined ? [] : [redirect(to(host("ipv4", CONTAINER_ADDRESS)), containers)]),
      ],
    },
  ];
}

const host = (family: Family, address: string) => `${address}/${HOST_BITS[family]}`;

const inInterface = (hostInterface: HostInterface | undefined) =>
  hostInterface ? `${hostInterface.negated ? " !" : ""} -i ${hostInterface.pattern}` : "";
