/** How a gRPC peer is found dead that vanished without a word. */
export interface Keepalive {
  /** After so long a silence the peer is asked whether it lives. */
  readonly timeMs: number;
  /** So long is waited for its answer. */
  readonly timeoutMs: number;
}

/** Within ten seconds; where nobody asks, TCP itself may take a quarter of an hour (grpc-go#3206). */
export const KEEPALIVE: Keepalive = { timeMs: 5_000, timeoutMs: 5_000 };

export const keepaliveOptions = ({ timeMs, timeoutMs }: Keepalive) => ({
  "grpc.keepalive_time_ms": timeMs,
  "grpc.keepalive_timeout_ms": timeoutMs,
});
