import type { Logger } from "@rolecall/common/telemetry/logger";
import type { AttestationRefusal } from "../domain/node/attestation.ts";
import type { AttestNode } from "./attest-node.ts";

type IdentifiedNode =
  | { readonly kind: "node"; readonly node: string }
  | { readonly kind: "refused"; readonly reason: AttestationRefusal | "node-mismatch" }
  /** The API server could not be asked. */
  | { readonly kind: "unavailable" };

/** Finds out on which node a caller is. @param named what the caller says of itself */
export type IdentifyNode = (named: string, token: string | undefined) => Promise<IdentifiedNode>;

/** Takes a caller at its word: any agent's certificate is then worth every node of the cluster. */
export const identifyByName: IdentifyNode = async (named) => ({ kind: "node", node: named });

/** Takes the API server's word for the token, and says each refusal. */
export function identifyByToken({ attestation, log }: { attestation: AttestNode; log: Logger }): IdentifyNode {
  return async (named, token) => {
    const verdict = await attestation.attest(token).catch((error: unknown) => {
      log.warn({ node: named, err: error }, "could not have an agent's token checked");
      return undefined;
    });
    if (!verdict) return { kind: "unavailable" };
    if (verdict.kind === "refused") {
      log.warn({ node: named, reason: verdict.reason, detail: verdict.detail }, "refused a peer");
      return { kind: "refused", reason: verdict.reason };
    }
    if (verdict.node === named) return { kind: "node", node: named };
    log.warn({ node: named, tokenNode: verdict.node, reason: "node-mismatch" }, "refused a peer");
    return { kind: "refused", reason: "node-mismatch" };
  };
}
