/** What following TLS material counts. */
export interface TlsRecorder {
  /** New material was taken into use, or was refused while the old stays. */
  reloaded(outcome: "taken" | "refused", atMs: number): void;
  /** Whether what the files hold now is or could be in use. */
  filesUsable(usable: boolean): void;
}
