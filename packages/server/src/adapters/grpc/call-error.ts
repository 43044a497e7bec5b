import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { REASON_TRAILER } from "@rolecall/proto";

/** Every way a call may fail: its status code and the sentence that people read. */
const FAILURES = {
  "contract-unsupported": [
    status.FAILED_PRECONDITION,
    "this server is older than the agent needs: upgrade the servers first",
  ],
  "node-name-missing": [status.INVALID_ARGUMENT, "node_name is empty: start the agent with --node-name"],
  "certificate-missing": [status.UNAUTHENTICATED, "the connection was not admitted with an agent's certificate"],
  "certificate-of-another-node": [status.UNAUTHENTICATED, "the certificate is of another node than the call names"],
  "token-missing": [status.UNAUTHENTICATED, "the call carries no token: see --token-file of the agent"],
  "token-refused": [status.UNAUTHENTICATED, "the Kubernetes API does not take the token for this server's audience"],
  "token-without-pod": [status.UNAUTHENTICATED, "the token is bound to no pod: kubelet must project it"],
  "token-expired": [status.UNAUTHENTICATED, "the agent's last token has expired and no newer one came"],
  "token-not-shown-again": [
    status.UNAUTHENTICATED,
    "the agent's token was taken on its signature, and it has shown none since the Kubernetes API is back",
  ],
  "not-an-agent": [status.UNAUTHENTICATED, "the token is not of the agents' ServiceAccount"],
  "agent-gone": [status.UNAUTHENTICATED, "the agent's pod that the token is bound to is not there, or has ended"],
  "node-gone": [status.UNAUTHENTICATED, "the node that the token names is not there, or is another of that name"],
  "node-mismatch": [status.UNAUTHENTICATED, "the token is of another node than the call names"],
  "too-many-refusals": [status.RESOURCE_EXHAUSTED, "this address was refused too often; it is heard again in a while"],
  "pod-not-found": [status.NOT_FOUND, "no such pod on this node"],
  "too-many-live-reads": [status.RESOURCE_EXHAUSTED, "this node asked for too many unknown pods"],
  "certificate-request-malformed": [
    status.INVALID_ARGUMENT,
    "no PKCS #10 request that is signed with its own P-256 key",
  ],
  "too-many-certificates": [status.RESOURCE_EXHAUSTED, "this node asked for too many certificates"],
  "no-authority": [status.UNAVAILABLE, "this server does not know for certain which authority signs now"],
  "pods-not-listed": [status.UNAVAILABLE, "this server has not read the cluster's pods and namespaces yet"],
  "api-server-unavailable": [status.UNAVAILABLE, "the Kubernetes API did not answer"],
  "shutting-down": [status.UNAVAILABLE, "this server is stopping"],
  internal: [status.INTERNAL, "an error inside the server: see its log"],
} as const satisfies Record<string, readonly [status, string]>;

export type CallFailure = keyof typeof FAILURES;
export const CALL_FAILURES = Object.keys(FAILURES) as CallFailure[];

export type CallError = Pick<ServiceError, "code" | "details" | "metadata">;

export const isCallError = (thrown: unknown): thrown is CallError =>
  typeof thrown === "object" && thrown !== null && "code" in thrown && "details" in thrown && "metadata" in thrown;

/** The error that ends a call, with its reason as a trailer. Nothing of a cause crosses the wire. */
export function callError(reason: CallFailure): CallError {
  const [code, details] = FAILURES[reason];
  const metadata = new Metadata();
  metadata.set(REASON_TRAILER, reason);
  return { code, details, metadata };
}
