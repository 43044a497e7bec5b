export interface CertificateRecorder {
  certificateAsked(outcome: "issued" | "failed"): void;
}
