import { createHash } from "node:crypto";
import { Announcement } from "@rolecall/common/lifecycle/announcement";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import type { Registry } from "prom-client";
import type { KubernetesHttpApi } from "./adapters/kubernetes/kubernetes-api.ts";
import { KubernetesNodeReader } from "./adapters/kubernetes/node-reader.ts";
import { KubernetesTokenReviewer } from "./adapters/kubernetes/token-review.ts";
import { TokenSignatures } from "./adapters/kubernetes/token-signatures.ts";
import { observeTokenKeys, PeerMetrics } from "./adapters/telemetry/peer-metrics.ts";
import { AgentIdentities } from "./application/agent-identities.ts";
import { AttestNode } from "./application/attest-node.ts";
import { RefusedPeers } from "./application/fleet/refused-peers.ts";
import { type IdentifyNode, identifyByCertificate, identifyByToken } from "./application/identify-node.ts";
import { keepTokenKeys } from "./application/keep-token-keys.ts";
import { PeerAudit } from "./application/peer-audit.ts";
import type { PodReader } from "./application/ports/pod-reader.ts";
import type { PodInventory } from "./domain/pod/pod-inventory.ts";
import type { ServerConfig } from "./options.ts";

export interface PeersOptions {
  readonly config: ServerConfig;
  readonly api: KubernetesHttpApi;
  readonly pods: PodInventory;
  readonly podReader: PodReader;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

export interface Peers {
  readonly audit: PeerAudit;
  readonly refused: RefusedPeers;
  readonly identities: AgentIdentities;
  /** Undefined where agents are taken at their word. */
  readonly attestation: AttestNode | undefined;
  readonly identify: IdentifyNode;
  readonly tasks: readonly Task[];
}

/** Who may call: agents that prove their nodes, and what is remembered of whoever was refused. */
export function createPeers(options: PeersOptions): Peers {
  const { config, pods, registry, clock, log } = options;
  const metrics = new PeerMetrics(registry);
  const refused = new RefusedPeers(clock);
  const audit = new PeerAudit({
    clock,
    recorder: metrics,
    onRefused: (address, reason) => refused.refused(address, reason),
    log,
  });
  const identities = new AgentIdentities(pods, clock);
  const known = { audit, refused, identities };
  if (config.agentAuth !== "token") {
    log.warn("an agent is taken at its word for which node it is on, since --agent-auth is certificate");
    observeTokenKeys(registry, () => 0);
    return { ...known, attestation: undefined, identify: identifyByCertificate(audit), tasks: [] };
  }
  const { attestation, signatures, keyUsed } = attestByToken(options, identities, metrics);
  observeTokenKeys(registry, () => signatures?.keyCount ?? 0);
  return {
    ...known,
    attestation,
    identify: identifyByToken({ attestation, identities, audit, log }),
    tasks: signatures
      ? [keepTokenKeys({ keys: signatures, onUsed: keyUsed.on, clock, random: options.random, log })]
      : [],
  };
}

/** By the API server's word for agents' tokens, and while it is away by its signature. */
function attestByToken(options: PeersOptions, identities: AgentIdentities, metrics: PeerMetrics) {
  const { config, api, pods, podReader, clock } = options;
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
      metrics.tokenProven(proof);
      if (proof === "signature") keyUsed.announce();
    },
  });
  api.onAnswer(() => {
    attestation.apiServerAnswered();
    identities.apiServerAnswered();
  });
  return { attestation, signatures, keyUsed };
}
