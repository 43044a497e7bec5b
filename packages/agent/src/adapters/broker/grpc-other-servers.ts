import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Clock } from "@rolecall/common/time/clock";
import type { BrokerClient } from "@rolecall/proto";
import { BrokerError, type FoundPod } from "../../application/ports/broker.ts";
import type { OtherServers } from "../../application/ports/other-servers.ts";
import { callerIdentity } from "./caller-identity.ts";
import { getPodCredentials } from "./get-pod-credentials.ts";
import { connectTo, type ServerChannelOptions, serverAddresses } from "./server-channel.ts";

export interface GrpcOtherServersOptions extends ServerChannelOptions {
  readonly readToken: () => Promise<string | undefined>;
  readonly nodeName: string;
  readonly clock: Clock;
  /** `ADDRESS:PORT` of the server that feeds this node; undefined while none does. */
  readonly feedingPeer: () => string | undefined;
}

/** What is held is answered at once or not at all. */
const DEADLINE_MS = 350;
/** Of more servers than these, some are asked, others the next time. */
const MAX_SERVERS = 4;
/** The name is looked up anew after this time, for servers that came or went. */
const MAX_AGE_MS = 5_000;

/** Asks over connections of its own, which are there only while something is lacking. */
export class GrpcOtherServers implements OtherServers {
  readonly #options: GrpcOtherServersOptions;
  /** By address; a connection is made by the first call alone. */
  #clients: Promise<ReadonlyMap<string, BrokerClient>> | undefined;
  #cancelEndOfAge = () => {};

  constructor(options: GrpcOtherServersOptions) {
    this.#options = options;
  }

  async heldFor({ uid, namespace, name }: Parameters<OtherServers["heldFor"]>[0]): Promise<readonly FoundPod[]> {
    const { nodeName, readToken } = this.#options;
    const request = { nodeName, podUid: uid, namespace, name, heldOnly: true };
    const [clients, identity] = await Promise.all([this.#connected(), callerIdentity(readToken)]);
    const answers = await Promise.allSettled(
      this.#others(clients).map((client) => getPodCredentials(client, request, identity, DEADLINE_MS)),
    );
    const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    const [failed] = answers.filter((answer) => answer.status === "rejected");
    if (found.length === 0 && failed) throw failed.reason;
    return found;
  }

  rest(): void {
    this.#cancelEndOfAge();
    const clients = this.#clients;
    this.#clients = undefined;
    // Calls under way have their time.
    if (clients) setTimeout(() => closeAll(clients), DEADLINE_MS).unref();
  }

  /** A lone address may be that of a load balancer, behind which a new connection leads to any of them. */
  #others(clients: ReadonlyMap<string, BrokerClient>): readonly BrokerClient[] {
    const feeding = clients.size > 1 ? this.#options.feedingPeer() : undefined;
    const others = [...clients].filter(([address]) => address !== feeding);
    return others.slice(0, MAX_SERVERS).map(([, client]) => client);
  }

  #connected(): Promise<ReadonlyMap<string, BrokerClient>> {
    if (this.#clients) return this.#clients;
    this.#cancelEndOfAge = this.#options.clock.setTimer(MAX_AGE_MS, () => this.rest());
    this.#clients = this.#connect().catch((error: unknown) => {
      this.rest();
      throw new BrokerError("name-not-resolved", `--server-address: ${errorMessage(error)}`, { cause: error });
    });
    return this.#clients;
  }

  async #connect(): Promise<ReadonlyMap<string, BrokerClient>> {
    const { family, addresses } = await serverAddresses(this.#options);
    return new Map(
      addresses.map((address) => [address, connectTo({ family, addresses: [address] }, this.#options)] as const),
    );
  }
}

const closeAll = (clients: Promise<ReadonlyMap<string, BrokerClient>>): void =>
  void clients.then(
    (open) => {
      for (const client of open.values()) client.close();
    },
    () => {},
  );
