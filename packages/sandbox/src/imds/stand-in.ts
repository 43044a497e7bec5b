import { createServer } from "node:http";
import type { ListenAddress } from "@rolecall/common/net/listen";
import { type Clock, systemClock } from "@rolecall/common/time/clock";
import { Journal } from "../control/journal.ts";
import { Connections } from "../http/connections.ts";
import { type LocalServer, startLocalServer } from "../http/local-server.ts";
import { INSTANCE, type Instance } from "./instance.ts";
import { metadataTree } from "./metadata-tree.ts";
import { Misbehaviours } from "./misbehaviour.ts";
import { describeRequest, handleRequest, type ImdsParts, type ImdsRequest } from "./request-handler.ts";
import { ImdsTokens } from "./tokens.ts";

export interface ImdsOptions {
  /** Decides when tokens end and what times credentials show. */
  readonly clock?: Clock;
  readonly address?: ListenAddress;
  readonly instance?: Partial<Instance>;
  /** `required` refuses requests without a token, `optional` takes IMDSv1 as well. */
  readonly tokens?: "required" | "optional";
  /** Called with each request as it comes in. */
  readonly onRequest?: (request: ImdsRequest) => void;
}

/** A running stand-in: its address, its state and its switches. */
export interface ImdsStandIn extends LocalServer {
  readonly instance: Instance;
  readonly tokens: ImdsTokens;
  readonly misbehaviours: Misbehaviours;
  readonly requests: Journal<ImdsRequest>;
}

export async function startImds(options: ImdsOptions = {}): Promise<ImdsStandIn> {
  const { clock = systemClock, address, tokens: mode = "required" } = options;
  const instance = { ...INSTANCE, ...options.instance };
  const server = createServer();
  const connections = new Connections(server);
  const tokens = new ImdsTokens(clock);
  const misbehaviours = new Misbehaviours(connections);
  const requests = new Journal<ImdsRequest>();
  const parts: ImdsParts = {
    clock,
    tree: metadataTree(instance),
    tokens,
    misbehaviours,
    isTokenRequired: mode === "required",
  };
  server.on("request", (request, response) => {
    const described = describeRequest(request);
    requests.record(described);
    options.onRequest?.(described);
    void handleRequest(parts, request, response);
  });
  const local = await startLocalServer(server, connections, address);
  return {
    ...local,
    instance,
    tokens,
    misbehaviours,
    requests,
    stop: async () => {
      misbehaviours.end();
      await local.stop();
    },
  };
}
