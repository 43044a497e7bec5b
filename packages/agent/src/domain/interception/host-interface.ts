/** The interfaces that pods' traffic comes in by, as kiam's and kube2iam's `--host-interface` names them. */
export interface HostInterface {
  /** A name, or with `+` at its end every name that starts so. */
  readonly pattern: string;
  /** Every interface but this one. */
  readonly negated: boolean;
}

/**
 * Reads `eni+`, `docker0` or `!eth0`.
 *
 * @returns undefined for what the kernel takes for no interface name (at most 15 characters, no blank, no slash)
 */
export function parseHostInterface(text: string): HostInterface | undefined {
  const match = /^(!?) ?([A-Za-z0-9_.:@-]{1,15}\+?)$/.exec(text);
  const [, bang, pattern] = match ?? [];
  return pattern === undefined ? undefined : { pattern, negated: bang === "!" };
}

/** Whether packets that enter by an interface of that name are meant. */
export function includesInterface({ pattern, negated }: HostInterface, name: string): boolean {
  const isNamed = pattern.endsWith("+") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  return isNamed !== negated;
}

/** How network plugins begin the names of pods' own links; what follows is made up for each pod. */
const LINK_PREFIXES = ["eni", "vlan", "cali", "veth", "lxc", "azv", "gke"];

/**
 * What includes every one of these interfaces: the bridge that pods share, or the prefix of their own links.
 *
 * @returns undefined where they have nothing in common
 */
export function commonInterface(names: readonly string[]): string | undefined {
  const [first, ...others] = new Set(names);
  if (first === undefined) return undefined;
  const prefix = LINK_PREFIXES.find((one) => first.startsWith(one));
  if (prefix === undefined) return others.length === 0 ? first : undefined;
  return others.every((name) => name.startsWith(prefix)) ? `${prefix}+` : undefined;
}
