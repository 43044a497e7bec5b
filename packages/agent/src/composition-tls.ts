import type { Readiness } from "@rolecall/common/health/readiness";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { TlsMetrics } from "@rolecall/common/telemetry/tls-metrics";
import type { Clock } from "@rolecall/common/time/clock";
import { FollowedTlsFiles } from "@rolecall/common/tls/followed-tls-files";
import type { JudgeServer } from "@rolecall/common/tls/grpc-credentials";
import { isSignedBy } from "@rolecall/common/tls/is-signed-by";
import { IssuedTlsMaterial } from "@rolecall/common/tls/issued-tls-material";
import type { TlsMaterialSource } from "@rolecall/common/tls/tls-material-source";
import { VERSION } from "@rolecall/common/version";
import type { Contract } from "@rolecall/proto";
import { GrpcEnrollment } from "./adapters/broker/grpc-enrollment.ts";
import { bundleFile } from "./adapters/certificate/bundle-file.ts";
import { newKeyWithRequest } from "./adapters/certificate/certificate-request.ts";
import { KeepCertificate } from "./application/keep-certificate.ts";
import type { CertificateRecorder } from "./application/ports/certificate-recorder.ts";
import type { AgentConfig } from "./config.ts";

export interface NodeTlsOptions {
  readonly config: AgentConfig;
  readonly contract: Contract;
  readonly judgeServer: JudgeServer;
  readonly readToken: () => Promise<string | undefined>;
  readonly readiness: Readiness;
  readonly recorder: CertificateRecorder;
  readonly tlsRecorder: TlsMetrics;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

const CHECK = "certificate";

export interface NodeTls {
  readonly source: TlsMaterialSource;
  readonly run: Task;
  /** Takes what is new; a managed certificate does so by itself. */
  look(): void;
  /** Resolves once there is a certificate to connect with. */
  readonly whenUsable: Promise<void>;
}

/** Where this node's certificate comes from. */
export function nodeTls(options: NodeTlsOptions): NodeTls {
  const { config, contract, judgeServer, readToken, readiness, recorder, tlsRecorder, clock, random, log } = options;
  if (config.tlsMode === "files") {
    const files = { certificateFile: config.tlsCert, keyFile: config.tlsKey, caFile: config.tlsCa };
    const source = new FollowedTlsFiles({ files, clock, recorder: tlsRecorder, log });
    return { source, run: source.run, look: () => source.look(), whenUsable: Promise.resolve() };
  }
  readiness.expect(CHECK, "this node has no certificate yet");
  const source = new IssuedTlsMaterial(tlsRecorder, log);
  const { run } = new KeepCertificate({
    enrollment: new GrpcEnrollment({
      contract,
      address: `${config.serverAddress.host}:${config.enrollmentPort}`,
      serverName: config.serverName,
      judgeServer,
      readToken,
      agentVersion: VERSION,
    }),
    readBundle: bundleFile(config.tlsCa),
    makeKey: newKeyWithRequest,
    isSignedBy,
    onMaterial: (issued) => source.take(issued, clock.nowMs()),
    report: (problem) => readiness.report(CHECK, problem),
    clock,
    random,
    recorder,
    log,
  });
  return { source, run, look: () => {}, whenUsable: source.whenUsable };
}
