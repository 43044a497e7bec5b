/**
 * The addresses of a cluster. All nodes hang on one bridge of the machine; their number gives each its address and the
 * range of its pods.
 */

/** The bridge; also the prefix of every interface and cgroup that belongs to the cluster. */
export const BRIDGE = "rolecall0";

/** The machine's own address on the bridge: API server and DNS listen here, and so may a stand-in for STS. */
export const GATEWAY = "10.88.0.1";

/** On the bridge too: a stand-in bound here is what a pod without interception reaches, as on EC2. */
export const METADATA_ADDRESS = "169.254.169.254";

export const POD_RANGE = "10.244.0.0/16";
export const SERVICE_RANGE = "10.96.0.0/16";
export const API_SERVICE_ADDRESS = "10.96.0.1";
export const API_PORT = 6443;
export const CLUSTER_DOMAIN = "cluster.local";

/** Names that the cluster's DNS answers with the gateway, so that a stand-in there is found under AWS's own names. */
export const STS_NAMES = ["sts.amazonaws.com", "sts.us-east-1.amazonaws.com"] as const;

export interface NodeAddresses {
  readonly ip: string;
  readonly podRange: string;
  /** The machine's end of the node's link. */
  readonly link: string;
}

const MAX_NODES = 200;

/**
 * @param number counts the cluster's nodes from 1
 * @throws RangeError for a number that the plan has no room for
 */
export function nodeAddresses(number: number): NodeAddresses {
  if (!Number.isInteger(number) || number < 1 || number > MAX_NODES) {
    throw new RangeError(`node number ${number} is not between 1 and ${MAX_NODES}`);
  }
  return { ip: `10.88.0.${10 + number}`, podRange: `10.244.${number}.0/24`, link: `rolecall-${number}` };
}
