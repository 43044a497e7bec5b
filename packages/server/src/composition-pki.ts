import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Readiness } from "@rolecall/common/health/readiness";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { TlsMetrics } from "@rolecall/common/telemetry/tls-metrics";
import type { Clock } from "@rolecall/common/time/clock";
import { IssuedTlsMaterial } from "@rolecall/common/tls/issued-tls-material";
import type { TlsMaterialSource } from "@rolecall/common/tls/tls-material-source";
import { AuthoritySecret } from "./adapters/kubernetes/authority-secret.ts";
import { BundleConfigMap } from "./adapters/kubernetes/bundle-config-map.ts";
import type { KubernetesApi } from "./adapters/kubernetes/kubernetes-api.ts";
import { LeaseLeadership } from "./adapters/kubernetes/lease-leadership.ts";
import { X509Certificates } from "./adapters/pki/x509-certificates.ts";
import type { PkiMetrics } from "./adapters/telemetry/pki-metrics.ts";
import type { AttestNode } from "./application/attest-node.ts";
import { IssueNodeCertificate } from "./application/issue-node-certificate.ts";
import { KeepAuthorities } from "./application/keep-authorities.ts";
import type { PeerAudit } from "./application/peer-audit.ts";
import { ServerCertificate } from "./application/server-certificate.ts";
import { pkiSettings } from "./config.ts";
import type { AuthorityState } from "./domain/pki/authority.ts";
import { lookEveryMs } from "./domain/pki/pki-settings.ts";
import type { ServerConfig } from "./options.ts";

export interface ManagedPkiOptions {
  readonly config: ServerConfig;
  readonly api: KubernetesApi;
  readonly attestation: AttestNode;
  readonly audit: PeerAudit;
  readonly recorder: PkiMetrics;
  readonly tlsRecorder: TlsMetrics;
  readonly readiness: Readiness;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** See `X509CertificatesOptions`. */
  readonly certificateSlackMs: number;
}

export interface ManagedPki {
  readonly source: TlsMaterialSource;
  readonly state: () => AuthorityState | undefined;
  readonly certificates: IssueNodeCertificate;
  readonly tasks: readonly Task[];
  /** Resolves once this server has a certificate to listen with. */
  readonly whenUsable: Promise<void>;
}

const CHECK = "certificates";

/** Certificates that the servers keep themselves. */
export function managedPki(options: ManagedPkiOptions): ManagedPki {
  const { config, api, attestation, audit, recorder, tlsRecorder, readiness, clock, random, log } = options;
  const settings = pkiSettings(config);
  const name = config.pkiObjects;
  const maker = new X509Certificates({
    trustDomain: config.trustDomain,
    serverNames: config.serverNames,
    slackMs: options.certificateSlackMs,
  });
  readiness.expect(CHECK, "the certificate authorities are not known yet");
  const authorities = new KeepAuthorities({
    store: new AuthoritySecret(api, name),
    bundle: new BundleConfigMap(api, name),
    leadership: new LeaseLeadership({
      api,
      name,
      identity: `${hostname()}_${randomUUID()}`,
      lookEveryMs: lookEveryMs(settings),
      clock,
    }),
    maker,
    settings,
    clock,
    recorder,
    report: (problem) => problem !== undefined && readiness.report(CHECK, problem),
    log,
  });
  const source = new IssuedTlsMaterial(tlsRecorder, log);
  const certificate = new ServerCertificate({ authorities, maker, settings, clock, random, log }, (issued) => {
    if (source.take(issued, clock.nowMs())) readiness.report(CHECK, undefined);
  });
  return {
    source,
    state: () => authorities.state,
    certificates: new IssueNodeCertificate({
      authorities,
      maker,
      attestation,
      audit,
      settings,
      clock,
      recorder,
      log,
    }),
    tasks: [authorities.run, certificate.run],
    whenUsable: source.whenUsable,
  };
}
