import type { Readiness } from "@rolecall/common/health/readiness";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { observeCertificates, TlsMetrics } from "@rolecall/common/telemetry/tls-metrics";
import type { Clock } from "@rolecall/common/time/clock";
import { FollowedTlsFiles } from "@rolecall/common/tls/followed-tls-files";
import type { TlsMaterialSource } from "@rolecall/common/tls/tls-material-source";
import type { Registry } from "prom-client";
import type { KubernetesApi } from "./adapters/kubernetes/kubernetes-api.ts";
import { observeAuthorities, PkiMetrics } from "./adapters/telemetry/pki-metrics.ts";
import type { AttestNode } from "./application/attest-node.ts";
import type { IssueNodeCertificate } from "./application/issue-node-certificate.ts";
import type { PeerAudit } from "./application/peer-audit.ts";
import { managedPki } from "./composition-pki.ts";
import type { ServerConfig } from "./options.ts";

export interface ServerTlsOptions {
  readonly config: ServerConfig;
  readonly api: KubernetesApi;
  /** Undefined where agents are taken at their word. */
  readonly attestation: AttestNode | undefined;
  readonly audit: PeerAudit;
  readonly registry: Registry;
  readonly readiness: Readiness;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** See `X509CertificatesOptions`. */
  readonly certificateSlackMs: number;
}

export interface ServerTls {
  readonly source: TlsMaterialSource;
  /** Signs agents' certificates; undefined where certificates are not managed. */
  readonly nodeCertificates: IssueNodeCertificate | undefined;
  readonly tasks: readonly Task[];
  /** Takes what is new; managed certificates do so by themselves. */
  look(): void;
  /** Resolves once there is a certificate to listen with. */
  readonly whenUsable: Promise<void>;
}

/** Where certificates come from. */
export function serverTls(options: ServerTlsOptions): ServerTls {
  const { config, attestation, registry, clock, log } = options;
  const tlsRecorder = new TlsMetrics(registry, "rolecall_server");
  const recorder = new PkiMetrics(registry);
  const pki =
    config.tlsMode === "managed" && attestation
      ? managedPki({ ...options, attestation, recorder, tlsRecorder })
      : undefined;
  observeAuthorities(registry, () => pki?.state());
  const tls = pki
    ? {
        source: pki.source,
        nodeCertificates: pki.certificates,
        tasks: pki.tasks,
        look() {},
        whenUsable: pki.whenUsable,
      }
    : tlsOfFiles(config, clock, tlsRecorder, log);
  observeCertificates(registry, "rolecall_server", tls.source);
  return tls;
}

function tlsOfFiles(config: ServerConfig, clock: Clock, recorder: TlsMetrics, log: Logger): ServerTls {
  const files = { certificateFile: config.tlsCert, keyFile: config.tlsKey, caFile: config.tlsCa };
  const source = new FollowedTlsFiles({ files, clock, recorder, log });
  return {
    source,
    nodeCertificates: undefined,
    tasks: [source.run],
    look: () => source.look(),
    whenUsable: Promise.resolve(),
  };
}
