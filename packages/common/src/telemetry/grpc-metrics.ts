import { Histogram, type Registry } from "prom-client";

/** From an answer out of memory to the longest deadline of a call. */
const BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** Hears how long a call took, or a stream until its first message. @param code gRPC's name of the status */
export type RecordCall = (method: string, code: string, seconds: number) => void;

/** @param prefix such as `rolecall_server` @param help what one end sees of a call */
export function grpcMetrics(registry: Registry, prefix: string, help: string): RecordCall {
  const seconds = new Histogram({
    name: `${prefix}_grpc_seconds`,
    help,
    labelNames: ["method", "code"],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  });
  return (method, code, took) => seconds.observe({ method, code }, took);
}
