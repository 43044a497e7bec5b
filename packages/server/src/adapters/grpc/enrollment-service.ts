import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import type { Logger } from "@rolecall/common/telemetry/logger";
import {
  type EnrollmentHandlers,
  type IssueCertificateRequest__Output,
  type IssueCertificateResponse,
  toTimestamp,
} from "@rolecall/proto";
import type { IssueNodeCertificate } from "../../application/issue-node-certificate.ts";
import { bearerToken } from "./bearer-token.ts";
import { callError } from "./call-error.ts";

export function enrollmentService(
  certificates: IssueNodeCertificate,
  log: Logger,
): EnrollmentHandlers & Record<string, unknown> {
  return {
    IssueCertificate(
      call: ServerUnaryCall<IssueCertificateRequest__Output, IssueCertificateResponse>,
      reply: sendUnaryData<IssueCertificateResponse>,
    ): void {
      const { certificateRequest: request, agentVersion } = call.request;
      certificates.issue({ request, agentVersion, token: bearerToken(call.metadata), peer: call.getPeer() }).then(
        (answer) => {
          if (answer.kind === "refused") reply(callError(answer.reason));
          else reply(null, { certificate: answer.certificatePem, notAfter: toTimestamp(answer.notAfterMs) });
        },
        (err: unknown) => {
          log.error({ err }, "a call of an agent met a defect");
          reply(callError("internal"));
        },
      );
    },
  };
}
