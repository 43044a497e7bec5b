import { lookup as dnsLookup } from "node:dns/promises";
import type { ChannelCredentials, Interceptor } from "@grpc/grpc-js";
import { KEEPALIVE, type Keepalive, keepaliveOptions } from "@rolecall/common/net/keepalive";
import type { ListenAddress } from "@rolecall/common/net/listen";
import type { BrokerClient, Contract } from "@rolecall/proto";
import { serverNameOptions } from "./channel-options.ts";

export interface ServerChannelOptions {
  readonly contract: Contract;
  /** A name with several addresses is that of several servers. */
  readonly serverAddress: ListenAddress;
  /** The name the server's certificate must carry, where it is not the host of `serverAddress`. */
  readonly serverName: string | undefined;
  readonly credentials: ChannelCredentials;
  readonly interceptors: Interceptor[];
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** How a server that vanished is noticed; {@link KEEPALIVE} when absent. */
  readonly keepalive?: Keepalive;
  /** Finds a name's addresses; the system's when absent. */
  readonly lookup?: LookupServers;
}

export type LookupServers = (host: string, options: { readonly all: true }) => Promise<readonly FoundAddress[]>;

interface FoundAddress {
  readonly address: string;
  readonly family: number;
}

/**
 * Connects to one of the servers, any of them with equal chance, and to another where that one cannot be reached. The name
 * is looked up anew each time, so that a server that was replaced is left behind.
 *
 * gRPC's own policies do not spread agents: `round_robin` takes whichever server is connected first, so that the nearest
 * gets all, and `pick_first` of grpc-js 1.14 never shuffles a list of two.
 *
 * @throws when the name cannot be looked up
 */
export async function connectToAnyServer(options: ServerChannelOptions): Promise<BrokerClient> {
  return connectTo(await serverAddresses(options), options);
}

/** Connects to the first of some servers that can be reached. */
export function connectTo({ family, addresses }: ServerAddresses, options: ServerChannelOptions): BrokerClient {
  const { contract, serverAddress, serverName = serverAddress.host, credentials, interceptors } = options;
  return new contract.Broker(`ipv${family}:${addresses.join(",")}`, credentials, {
    interceptors,
    // The target is an address, and the certificate bears a name.
    ...serverNameOptions(serverName),
    // How often to try is follow-node's to say; the channel's own pause would only come on top of it.
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1_000,
    // Connections of channels that were given up are not used again.
    "grpc.use_local_subchannel_pool": 1,
    ...keepaliveOptions(options.keepalive ?? KEEPALIVE),
  });
}

export interface ServerAddresses {
  readonly family: 4 | 6;
  /** `ADDRESS:PORT`, as a call names its peer, in any order with equal chance. */
  readonly addresses: readonly string[];
}

/** @throws when the name cannot be looked up */
export async function serverAddresses({
  serverAddress: { host, port },
  random,
  lookup = dnsLookup,
}: ServerChannelOptions): Promise<ServerAddresses> {
  const found = await lookup(host, { all: true });
  const family = found.some((each) => each.family === 4) ? 4 : 6;
  const addresses = found.filter((each) => each.family === family).map(({ address }) => address);
  const inAnyOrder = shuffled(addresses, random).map((address) =>
    family === 4 ? `${address}:${port}` : `[${address}]:${port}`,
  );
  return { family, addresses: inAnyOrder };
}

/** Fisher and Yates' shuffle. */
function shuffled<T>(list: readonly T[], random: () => number): readonly T[] {
  const result = [...list];
  for (let left = result.length; left > 1; left -= 1) {
    const [taken] = result.splice(Math.floor(random() * left), 1);
    if (taken !== undefined) result.push(taken);
  }
  return result;
}
