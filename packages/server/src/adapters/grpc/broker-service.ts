import type { Metadata, ServerUnaryCall, ServerWritableStream, sendUnaryData } from "@grpc/grpc-js";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { RemoteClock } from "@rolecall/common/time/remote-clock";
import {
  type BrokerHandlers,
  CONTRACT_REVISION,
  type GetPodCredentialsRequest__Output,
  type GetPodCredentialsResponse,
  type NodeUpdate,
  REASON_TRAILER,
  type ReportNodeRequest__Output,
  type ReportNodeResponse,
  toTimestamp,
  type WatchNodeRequest__Output,
} from "@rolecall/proto";
import type { IdentityEnd } from "../../application/agent-identities.ts";
import type { FindPodCredentials, PodQuery } from "../../application/find-pod-credentials.ts";
import type { OpenFeeds } from "../../application/fleet/open-feeds.ts";
import type { AgentCertificate, IdentifiedNode, IdentifyNode } from "../../application/identify-node.ts";
import type { NodeFeed } from "../../application/node-feed.ts";
import type { NodeReport } from "../../application/node-reports.ts";
import type { ServerRecorder } from "../../application/ports/server-recorder.ts";
import type { AgentIdentity } from "../../domain/node/attestation.ts";
import { bearerToken } from "./bearer-token.ts";
import { type CallError, callError, isCallError } from "./call-error.ts";
import { heldByAgent, writeFeed } from "./watch-node.ts";
import { nodeReport, toWireAssumption, toWirePod } from "./wire.ts";

export interface BrokerServiceOptions {
  readonly openFeed: (node: string, agentHoldsUntilMs: ReadonlyMap<string, number>) => NodeFeed;
  /** Where open feeds are kept account of. */
  readonly feeds: OpenFeeds;
  readonly find: FindPodCredentials;
  /** Hears what an attested node's agent says of itself. */
  readonly onReport: (node: string, report: NodeReport) => void;
  /** The certificate of whoever is at the other end of a connection. */
  readonly certificateOf: (peer: string) => AgentCertificate | undefined;
  /** Who is calling, from its certificate, the node it names and the token it carries. */
  readonly identify: IdentifyNode;
  /** Calls back when an agent's proof no longer holds; the result ends that. */
  readonly holdIdentity: (identity: AgentIdentity, onEnd: (why: IdentityEnd) => void) => () => void;
  /** Calls back when every connection is being made anew; the result ends that. */
  readonly onRotateNow: (listener: () => void) => () => void;
  /** Whether the inventory is whole; before that a snapshot would take pods away from agents. */
  readonly isServing: () => boolean;
  /** The time that credentials are in, and everything on the wire. */
  readonly awsClock: RemoteClock;
  readonly recorder: ServerRecorder;
  readonly log: Logger;
  readonly serverVersion: string;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
}

/** A miss on the agent holds a client for at most 400 ms; an answer that comes later than this helps nobody. */
const FIND_DEADLINE_MS = 350;

export function brokerService(options: BrokerServiceOptions): BrokerHandlers & Record<string, unknown> {
  const { awsClock, recorder, log } = options;

  /**
   * The node whose agent is calling, once the server can serve it.
   *
   * @throws a call error
   */
  const admit = async (call: AgentCall, name: string): Promise<Admitted> => {
    const { nodeName } = call.request;
    if (nodeName === "") throw callError("node-name-missing");
    if (options.stopping.aborted) throw callError("shutting-down");
    // Said before anyone is asked for it: agents come all at once after a restart, and would each cost two requests.
    if (!options.isServing()) throw callError("pods-not-listed");
    const peer = call.getPeer();
    const identified = await options.identify({
      peer,
      call: name,
      named: nodeName,
      token: bearerToken(call.metadata),
      certificate: options.certificateOf(peer),
    });
    if (identified.kind === "unavailable") throw callError("api-server-unavailable");
    if (identified.kind === "refused") throw callError(identified.reason);
    return identified;
  };

  const openStream = (
    call: ServerWritableStream<WatchNodeRequest__Output, NodeUpdate>,
    { node, identity }: Admitted,
    fields: object,
  ): void => {
    log.info(fields, "opened a node feed");
    recorder.streamOpened();
    const feed = options.openFeed(node, heldByAgent(call.request));
    const account = options.feeds.open(node, call.request.agentVersion, feed);
    // What the feed wrote after the end would destroy the stream, and its agent never hear that it had ended.
    const end = (error?: CallError) => {
      feed.close();
      if (error) call.emit("error", error);
      else call.end();
    };
    const stop = () => end(callError("shutting-down"));
    options.stopping.addEventListener("abort", stop, { once: true });
    // A stream would hold its connection to the end of the grace; the agent opens the next one on a new connection.
    const endRotation = options.onRotateNow(() => end());
    let release = () => {};
    call.once("close", () => {
      options.stopping.removeEventListener("abort", stop);
      endRotation();
      release();
      feed.close();
      account.closed();
      recorder.streamClosed();
      log.info(fields, "closed a node feed");
    });
    if (identity) {
      release = options.holdIdentity(identity, (why) => {
        log.info({ ...fields, reason: why }, "ended a node feed whose agent is one no longer");
        end(callError(why));
      });
    }
    if (!call.writableEnded) writeFeed(call, feed, options, account.sent);
  };

  /** @throws a call error */
  const find = async (query: PodQuery, deadline: AbortSignal): Promise<GetPodCredentialsResponse> => {
    const answer = await options.find.find(query, deadline);
    switch (answer.kind) {
      case "found": {
        const { fed, assumption: known } = answer;
        const assumption = known && toWireAssumption(known.assumption, known.state, awsClock.nowMs());
        return { pod: toWirePod(fed), assumption: assumption ?? null };
      }
      case "not-found":
        log.info(
          { audit: "pod", outcome: "refused", reason: "pod-not-found", ...fieldsOf(query) },
          "refused a pod that is not on the asking node",
        );
        throw callError("pod-not-found");
      case "too-many-live-reads":
        throw callError("too-many-live-reads");
      case "unavailable":
        log.warn({ ...fieldsOf(query), err: answer.cause }, "could not read a pod from the Kubernetes API");
        throw callError("api-server-unavailable");
    }
  };

  /** The error to end a call with; what no handler means to throw is a defect, and its words stay here. */
  const callErrorOf = (thrown: unknown): CallError => {
    if (isCallError(thrown)) return thrown;
    log.error({ err: thrown }, "a call of an agent met a defect");
    return callError("internal");
  };

  return {
    WatchNode(call: ServerWritableStream<WatchNodeRequest__Output, NodeUpdate>): void {
      const { nodeName, contractRevision, agentVersion } = call.request;
      const fields = { node: nodeName, agentVersion, peer: call.getPeer() };
      const opened = async () => {
        if (contractRevision > CONTRACT_REVISION) throw callError("contract-unsupported");
        const admitted = await admit(call, "WatchNode");
        // It may have begun while the Kubernetes API was asked; nothing would end the stream any more.
        if (options.stopping.aborted) throw callError("shutting-down");
        if (!call.cancelled) openStream(call, admitted, fields);
      };
      opened().catch((thrown: unknown) => {
        const error = callErrorOf(thrown);
        const reason = error.metadata.get(REASON_TRAILER)[0];
        log.info({ ...fields, contractRevision, reason }, "refused a node feed");
        call.emit("error", error);
      });
    },

    GetPodCredentials(
      call: ServerUnaryCall<GetPodCredentialsRequest__Output, GetPodCredentialsResponse>,
      reply: sendUnaryData<GetPodCredentialsResponse>,
    ): void {
      const { podUid, namespace, name, heldOnly } = call.request;
      const deadline = AbortSignal.any([AbortSignal.timeout(FIND_DEADLINE_MS), options.stopping]);
      admit(call, "GetPodCredentials")
        .then(({ node }) => find({ node, podUid, namespace, name, heldOnly }, deadline))
        .then(
          (response) => reply(null, response),
          (thrown: unknown) => reply(callErrorOf(thrown)),
        );
    },

    ReportNode(
      call: ServerUnaryCall<ReportNodeRequest__Output, ReportNodeResponse>,
      reply: sendUnaryData<ReportNodeResponse>,
    ): void {
      admit(call, "ReportNode").then(
        ({ node }) => {
          options.onReport(node, nodeReport(call.request));
          reply(null, awsClock.isKnown ? { now: toTimestamp(awsClock.nowMs()) } : {});
        },
        (thrown: unknown) => reply(callErrorOf(thrown)),
      );
    },
  };
}

interface AgentCall {
  readonly request: { readonly nodeName: string };
  readonly metadata: Metadata;
  getPeer(): string;
}

type Admitted = IdentifiedNode & { readonly kind: "node" };
const fieldsOf = ({ node, podUid, namespace, name }: PodQuery) => ({ node, podUid, namespace, pod: name });
