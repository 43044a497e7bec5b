import { errorMessage } from "@rolecall/common/errors/error-message";
import { PEER_ROLE_REFUSALS } from "@rolecall/common/tls/peer-role";

export interface HandshakeProblem {
  readonly reason: string;
  readonly detail: string;
}

/** OpenSSL's verdicts on a peer's certificate, as Node names them. */
const REASON_BY_VERDICT: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "certificate-expired",
  CERT_NOT_YET_VALID: "certificate-not-yet-valid",
  INVALID_PURPOSE: "certificate-of-another-role",
};

const REASON_BY_CODE: Readonly<Record<string, string>> = {
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "certificate-missing",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "tls-version",
  ERR_SSL_WRONG_VERSION_NUMBER: "not-tls",
  ERR_SSL_HTTP_REQUEST: "not-tls",
  ERR_SSL_NO_APPLICATION_PROTOCOL: "not-grpc",
  ERR_TLS_HANDSHAKE_TIMEOUT: "handshake-timeout",
};

/** Why a handshake failed, in a word of one vocabulary. The peer's refusal of our certificate comes as its alert. */
export function handshakeProblem(error: Error & { readonly code?: string }): HandshakeProblem {
  const code = error.code ?? "";
  const reason = REASON_BY_CODE[code] ?? (code.includes("_ALERT_") ? "peer-refused-us" : "handshake-failed");
  return { reason, detail: errorMessage(error) };
}

/** @param verdict on a certificate, as Node names OpenSSL's */
export const verificationProblem = (verdict: string): HandshakeProblem => ({
  reason: REASON_BY_VERDICT[verdict] ?? "certificate-not-trusted",
  detail: verdict,
});

/** Every reason why a connection may be refused. */
export const CONNECTION_REFUSALS: readonly string[] = [
  ...new Set([
    "certificate-missing",
    "certificate-not-trusted",
    ...Object.values(REASON_BY_VERDICT),
    ...PEER_ROLE_REFUSALS,
    ...Object.values(REASON_BY_CODE),
    "peer-refused-us",
    "handshake-broken-off",
    "handshake-failed",
  ]),
];
