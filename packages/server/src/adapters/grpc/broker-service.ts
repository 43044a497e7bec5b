import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from "@grpc/grpc-js";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import {
  type BrokerHandlers,
  CONTRACT_REVISION,
  type GetPodCredentialsRequest__Output,
  type GetPodCredentialsResponse,
  type NodeUpdate,
  type ReportNodeRequest__Output,
  type WatchNodeRequest__Output,
} from "@rolecall/proto";
import type { FindPodCredentials, PodQuery } from "../../application/find-pod-credentials.ts";
import type { NodeFeed } from "../../application/node-feed.ts";
import type { NodeReports } from "../../application/node-reports.ts";
import type { ServerRecorder } from "../../application/ports/server-recorder.ts";
import { type CallFailure, callError } from "./call-error.ts";
import { heldByAgent, writeFeed } from "./watch-node.ts";
import { toWireAssumption, toWirePod } from "./wire.ts";

export interface BrokerServiceOptions {
  readonly openFeed: (node: string, agentHoldsUntilMs: ReadonlyMap<string, number>) => NodeFeed;
  readonly find: FindPodCredentials;
  readonly reports: NodeReports;
  /** Whether the inventory is whole; before that a snapshot would take pods away from agents. */
  readonly isServing: () => boolean;
  readonly clock: Clock;
  readonly recorder: ServerRecorder;
  readonly log: Logger;
  readonly serverVersion: string;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
}

/** A miss on the agent holds a client for at most 400 ms; an answer that comes later than this helps nobody. */
const FIND_DEADLINE_MS = 350;

export function brokerService(options: BrokerServiceOptions): BrokerHandlers & Record<string, unknown> {
  const { clock, recorder, log } = options;
  const refusal = (nodeName: string): CallFailure | undefined => {
    if (nodeName === "") return "node-name-missing";
    if (options.stopping.aborted) return "shutting-down";
    return options.isServing() ? undefined : "pods-not-listed";
  };

  /** @throws a call error */
  const find = async (query: PodQuery, deadline: AbortSignal): Promise<GetPodCredentialsResponse> => {
    const answer = await options.find.find(query, deadline);
    switch (answer.kind) {
      case "found": {
        const { pod, grant, assumption: known } = answer;
        const assumption = known && toWireAssumption(known.assumption, known.state, clock.nowMs());
        return { pod: toWirePod(pod, grant), assumption: assumption ?? null };
      }
      case "not-found":
        log.info(query, "refused a pod that is not on the asking node");
        throw callError("pod-not-found");
      case "too-many-live-reads":
        throw callError("too-many-live-reads");
      case "unavailable":
        log.warn({ ...query, err: answer.cause }, "could not read a pod from the Kubernetes API");
        throw callError("api-server-unavailable");
    }
  };

  return {
    WatchNode(call: ServerWritableStream<WatchNodeRequest__Output, NodeUpdate>): void {
      const { nodeName, contractRevision, agentVersion } = call.request;
      const refused = contractRevision > CONTRACT_REVISION ? "contract-unsupported" : refusal(nodeName);
      const fields = { node: nodeName, agentVersion, peer: call.getPeer() };
      if (refused) {
        log.warn({ ...fields, contractRevision, reason: refused }, "refused a node feed");
        call.emit("error", callError(refused));
        return;
      }
      log.info(fields, "opened a node feed");
      recorder.streamOpened();
      const feed = options.openFeed(nodeName, heldByAgent(call.request));
      const stop = () => call.emit("error", callError("shutting-down"));
      options.stopping.addEventListener("abort", stop, { once: true });
      call.once("close", () => {
        options.stopping.removeEventListener("abort", stop);
        feed.close();
        recorder.streamClosed();
        log.info(fields, "closed a node feed");
      });
      writeFeed(call, feed, options);
    },

    GetPodCredentials(
      call: ServerUnaryCall<GetPodCredentialsRequest__Output, GetPodCredentialsResponse>,
      reply: sendUnaryData<GetPodCredentialsResponse>,
    ): void {
      const { nodeName: node, podUid, namespace, name } = call.request;
      const query = { node, podUid, namespace, name };
      const deadline = AbortSignal.any([AbortSignal.timeout(FIND_DEADLINE_MS), options.stopping]);
      const refused = refusal(node);
      const answered = refused ? Promise.reject(callError(refused)) : find(query, deadline);
      answered.then(
        (response) => reply(null, response),
        (error: ReturnType<typeof callError>) => reply(error),
      );
    },

    ReportNode(call: ServerUnaryCall<ReportNodeRequest__Output, object>, reply: sendUnaryData<object>): void {
      const { nodeName, agentVersion, viewGeneration, interception, podsWithAddress } = call.request;
      if (nodeName === "") {
        reply(callError("node-name-missing"));
        return;
      }
      options.reports.record(nodeName, {
        agentVersion,
        viewGeneration,
        podsWithAddress,
        interception: interception?.state ?? "STATE_UNSPECIFIED",
      });
      reply(null, {});
    },
  };
}
