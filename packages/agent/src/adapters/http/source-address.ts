/**
 * The address a connection comes from, as the rest of the agent knows it. A listener for both families reports an IPv4
 * peer as `::ffff:10.0.0.1`, which would match no pod.
 */
export function plainAddress(remoteAddress: string): string {
  return remoteAddress.startsWith("::ffff:") && remoteAddress.includes(".")
    ? remoteAddress.slice("::ffff:".length)
    : remoteAddress;
}
