import { canonicalAddress } from "../address/ip-address.ts";

/** Where redirected connections may go: link-local, so that no other node can reach it, and nobody else's on EC2. */
export function isAliasAddress(host: string): boolean {
  return (
    host.startsWith("169.254.") &&
    canonicalAddress(host) === host &&
    !["169.254.169.", "169.254.170."].some((taken) => host.startsWith(taken))
  );
}

/** A unique local address (RFC 4193), and none of those that EC2 has services at. As it is written canonically. */
export const isAliasAddress6 = (host: string): boolean =>
  /^fd[0-9a-f]{2}:/.test(host) && !host.startsWith("fd00:ec2:") && canonicalAddress(host) === host;
