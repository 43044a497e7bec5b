/** What the admission of peers counts. */
export interface PeerRecorder {
  /** A connection was made, or was refused for a reason. */
  peerConnected(outcome: string): void;
  /** A call's caller was found out, or was refused for a reason. */
  peerCalled(outcome: string): void;
}
