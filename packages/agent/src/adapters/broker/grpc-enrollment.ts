import { credentialsWithoutCertificate, type JudgeServer } from "@rolecall/common/tls/grpc-credentials";
import { type Contract, fromTimestamp } from "@rolecall/proto";
import { BrokerError } from "../../application/ports/broker.ts";
import type { EnrolledCertificate, Enrollment } from "../../application/ports/enrollment.ts";
import { toBrokerError } from "./broker-error.ts";
import { callerIdentity } from "./caller-identity.ts";
import { serverNameOptions } from "./channel-options.ts";

export interface GrpcEnrollmentOptions {
  readonly contract: Contract;
  /** `HOST:PORT` */
  readonly address: string;
  readonly serverName: string | undefined;
  readonly judgeServer: JudgeServer;
  readonly readToken: () => Promise<string | undefined>;
  readonly agentVersion: string;
}

const DEADLINE_MS = 10_000;

/** Asks over a connection of its own each time: it is needed twice a day, and begins before there is any other. */
export class GrpcEnrollment implements Enrollment {
  readonly #options: GrpcEnrollmentOptions;

  constructor(options: GrpcEnrollmentOptions) {
    this.#options = options;
  }

  async ask(request: Uint8Array, bundlePem: string, signal: AbortSignal): Promise<EnrolledCertificate> {
    const { contract, address, serverName, judgeServer, readToken, agentVersion } = this.#options;
    const identity = await callerIdentity(readToken);
    const trust = credentialsWithoutCertificate(bundlePem, judgeServer);
    const client = new contract.Enrollment(`dns:${address}`, trust, serverNameOptions(serverName));
    let cancel = () => {};
    try {
      return await new Promise((resolve, reject) => {
        const call = client.issueCertificate(
          { certificateRequest: request, agentVersion },
          identity,
          { deadline: Date.now() + DEADLINE_MS },
          (error, response) => {
            if (error) reject(toBrokerError(error));
            else if (response?.certificate)
              resolve({ certificatePem: response.certificate, notAfterMs: fromTimestamp(response.notAfter ?? null) });
            else reject(new BrokerError("answer-empty", "the server answered without a certificate"));
          },
        );
        cancel = () => call.cancel();
        signal.addEventListener("abort", cancel, { once: true });
        if (signal.aborted) cancel();
      });
    } finally {
      signal.removeEventListener("abort", cancel);
      client.close();
    }
  }
}
