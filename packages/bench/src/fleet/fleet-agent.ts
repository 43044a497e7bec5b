import { GrpcBroker } from "@rolecall/agent/adapters/broker/grpc-broker";
import { NodeView } from "@rolecall/agent/domain/credentials/node-view";
import { clientCredentials } from "@rolecall/common/tls/grpc-credentials";
import { readTlsFiles } from "@rolecall/common/tls/tls-files";
import { CurrentTlsMaterial } from "@rolecall/common/tls/tls-material-source";
import { VERSION } from "@rolecall/common/version";
import { type Contract, loadContract, sourceProtoDirectory } from "@rolecall/proto";
import type { FleetTls } from "./orders.ts";

export interface FleetAgentOptions {
  readonly name: string;
  readonly token: string;
  readonly brokerPort: number;
  readonly tls: FleetTls;
  /** A pod's credentials are in the view; told once for each. */
  readonly onReady: (podUid: string) => void;
}

const anyServer = () => ({ kind: "peer", node: undefined }) as const;

let contract: Contract | undefined;

/** The agent's own gRPC client and node view, without what it answers pods with. @returns when it has its snapshot */
export function connectAgent({ name, token, brokerPort, tls, onReady }: FleetAgentOptions): Promise<void> {
  contract ??= loadContract(sourceProtoDirectory());
  const broker = new GrpcBroker({
    contract,
    serverAddress: { host: "localhost", port: brokerPort },
    random: Math.random,
    serverName: undefined,
    credentials: clientCredentials(new CurrentTlsMaterial(readTlsFiles(tls, Date.now())), anyServer),
    readToken: () => Promise.resolve(token),
    nodeName: name,
    interceptors: [],
    agentVersion: VERSION,
  });
  const view = new NodeView();
  const told = new Set<string>();
  const look = (uid: string) => {
    if (told.has(uid) || view.standing(uid, Date.now()).kind !== "ready") return;
    told.add(uid);
    onReady(uid);
  };
  return new Promise((resolve, reject) => {
    view.onChange((change) => {
      if (change.kind === "pod") return look(change.pod.uid);
      for (const { uid } of view.pods()) look(uid);
      if (change.kind === "snapshot") resolve();
    });
    broker
      .watchNode(new Map(), ({ change }) => change && view.apply(change, Date.now()), new AbortController().signal)
      .then(() => reject(new Error(`the server ended the feed of ${name}`)), reject);
  });
}
