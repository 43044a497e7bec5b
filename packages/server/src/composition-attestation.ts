import { createHash } from "node:crypto";
import { Announcement } from "@rolecall/common/lifecycle/announcement";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import type { KubernetesHttpApi } from "./adapters/kubernetes/kubernetes-api.ts";
import { KubernetesNodeReader } from "./adapters/kubernetes/node-reader.ts";
import { KubernetesTokenReviewer } from "./adapters/kubernetes/token-review.ts";
import { TokenSignatures } from "./adapters/kubernetes/token-signatures.ts";
import type { AgentIdentities } from "./application/agent-identities.ts";
import { AttestNode } from "./application/attest-node.ts";
import { keepTokenKeys } from "./application/keep-token-keys.ts";
import type { PodReader } from "./application/ports/pod-reader.ts";
import type { ServerConfig } from "./config.ts";
import type { Proof } from "./domain/node/attestation.ts";
import type { PodInventory } from "./domain/pod/pod-inventory.ts";

export interface AttestationOptions {
  readonly config: ServerConfig;
  readonly api: KubernetesHttpApi;
  readonly pods: PodInventory;
  readonly podReader: PodReader;
  readonly identities: AgentIdentities;
  /** Hears of each token that was found to be an agent's, and by what. */
  readonly onProven: (proof: Proof) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

export interface AgentAttestation {
  /** Undefined where agents are taken at their word. */
  readonly attestation: AttestNode | undefined;
  /** How many keys tokens can be checked with while the API server is away. */
  readonly keyCount: () => number;
  readonly tasks: readonly Task[];
}

/** How agents prove their nodes: by the API server's word for their tokens, and while it is away by its signature. */
export function agentAttestation(options: AttestationOptions): AgentAttestation {
  const { config, api, pods, podReader, identities, onProven, clock, random, log } = options;
  if (config.agentAuth !== "token") {
    log.warn("an agent is taken at its word for which node it is on, since --agent-auth is certificate");
    return { attestation: undefined, keyCount: () => 0, tasks: [] };
  }
  const keyUsed = new Announcement();
  const signatures = config.offlineTokens ? new TokenSignatures(api) : undefined;
  const attestation = new AttestNode({
    reviewer: new KubernetesTokenReviewer(api),
    signatures,
    pods,
    podReader,
    nodes: new KubernetesNodeReader(api),
    rules: { serviceAccount: config.agentServiceAccount, audience: config.tokenAudience },
    clock,
    hash: (token) => createHash("sha256").update(token).digest("base64"),
    onProven: (proof) => {
      onProven(proof);
      if (proof === "signature") keyUsed.announce();
    },
  });
  api.onAnswer(() => {
    attestation.apiServerAnswered();
    identities.apiServerAnswered();
  });
  return {
    attestation,
    keyCount: () => signatures?.keyCount ?? 0,
    tasks: signatures ? [keepTokenKeys({ keys: signatures, onUsed: keyUsed.on, clock, random, log })] : [],
  };
}
