import { credentials, Metadata, status } from "@grpc/grpc-js";
import { loadContract, sourceProtoDirectory } from "@rolecall/proto";
import type { Issued } from "../certs/authority.ts";

/** Whoever calls a server, with whatever it could lay its hands on. */
export interface BrokerCaller {
  /** `HOST:PORT` of the server. */
  readonly address: string;
  /** The name in the server's certificate, where it is not the address's host. */
  readonly serverName?: string;
  /** The authority of the server's certificate. */
  readonly caPem: string;
  /** What it shows; nothing when absent. */
  readonly certificate?: Issued | undefined;
  readonly token?: string | undefined;
}

/** The pod that is asked for. */
export interface AskedPod {
  readonly podUid?: string;
  readonly namespace?: string;
  readonly name?: string;
}

export interface CallOutcome {
  readonly code: number;
  /** The trailer `rolecall-reason`. */
  readonly reason: string | undefined;
}

const { Broker } = loadContract(sourceProtoDirectory());

type Failure = { readonly code: number; readonly metadata?: Metadata } | null;

const outcomeOf = (failure: Failure): CallOutcome => ({
  code: failure?.code ?? status.OK,
  reason: failure?.metadata?.get("rolecall-reason")[0] as string | undefined,
});

/** How long an answer may take: a server that cannot be reached is asked again and again by gRPC itself. */
const DEADLINE_MS = 10_000;

/** A client of the server, which is the caller's to close. */
export function brokerClient({ address, serverName, caPem, certificate }: BrokerCaller) {
  const buffer = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
  const channel = credentials.createSsl(
    Buffer.from(caPem),
    buffer(certificate?.keyPem),
    buffer(certificate?.certificatePem),
  );
  return new Broker(address, channel, {
    "grpc.enable_retries": 0,
    ...(serverName !== undefined && {
      "grpc.ssl_target_name_override": serverName,
      "grpc.default_authority": serverName,
    }),
  });
}

export function bearing(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}

/** What each of the three calls ends with, in the order WatchNode, GetPodCredentials, ReportNode. */
export async function everyCall(
  caller: BrokerCaller,
  nodeName: string,
  { podUid = "x", namespace = "shop", name = "pod-1" }: AskedPod = {},
): Promise<readonly CallOutcome[]> {
  const client = brokerClient(caller);
  const metadata = bearing(caller.token);
  const deadline = { deadline: Date.now() + DEADLINE_MS };
  const watched = new Promise<CallOutcome>((resolve) => {
    const call = client.watchNode({ nodeName, contractRevision: 1 }, metadata, deadline);
    call.on("data", () => {
      call.cancel();
      resolve(outcomeOf(null));
    });
    call.on("error", (error: Failure) => resolve(outcomeOf(error)));
  });
  const asked = new Promise<CallOutcome>((resolve) => {
    client.getPodCredentials({ nodeName, podUid, namespace, name }, metadata, deadline, (error: Failure) =>
      resolve(outcomeOf(error)),
    );
  });
  const reported = new Promise<CallOutcome>((resolve) => {
    client.reportNode({ nodeName }, metadata, deadline, (error: Failure) => resolve(outcomeOf(error)));
  });
  const outcomes = await Promise.all([watched, asked, reported]);
  client.close();
  return outcomes;
}

export interface OpenFeed {
  /** Resolves with the first message; rejects when the server ends the feed without one. */
  readonly live: Promise<void>;
  readonly ended: Promise<CallOutcome>;
}

/** Follows a node's feed until the server ends it. */
export function openFeed(caller: BrokerCaller, nodeName: string): OpenFeed {
  const client = brokerClient(caller);
  const call = client.watchNode({ nodeName, contractRevision: 1 }, bearing(caller.token));
  const live = Promise.withResolvers<void>();
  live.promise.catch(() => {});
  call.on("data", () => live.resolve());
  const ended = new Promise<CallOutcome>((resolve) => {
    call.on("error", (error: Failure) => {
      live.reject(error);
      resolve(outcomeOf(error));
      client.close();
    });
  });
  return { live: live.promise, ended };
}
