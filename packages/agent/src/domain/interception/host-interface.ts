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
