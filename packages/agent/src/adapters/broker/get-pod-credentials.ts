import type { Metadata } from "@grpc/grpc-js";
import type { BrokerClient, GetPodCredentialsRequest, WireAssumptionOut, WirePodOut } from "@rolecall/proto";
import { BrokerError, type FoundPod } from "../../application/ports/broker.ts";
import { toBrokerError } from "./broker-error.ts";
import { toOutcome, toViewedPod } from "./wire.ts";

/** @throws BrokerError */
export function getPodCredentials(
  client: BrokerClient,
  request: GetPodCredentialsRequest,
  identity: Metadata,
  deadlineMs: number,
): Promise<FoundPod> {
  return new Promise((resolve, reject) => {
    client.getPodCredentials(request, identity, { deadline: Date.now() + deadlineMs }, (error, response) => {
      if (error) reject(toBrokerError(error));
      else if (response?.pod) resolve(toFoundPod(response.pod, response.assumption));
      else reject(new BrokerError("answer-empty", "the server answered without a pod"));
    });
  });
}

function toFoundPod(pod: WirePodOut, assumption: WireAssumptionOut | null): FoundPod {
  const outcome = assumption && toOutcome(assumption);
  return { pod: toViewedPod(pod), assumption: outcome ? { key: assumption.key, outcome } : undefined };
}
