import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from "@grpc/grpc-js";
import type { HealthHandlers } from "@rolecall/proto";

type Status = { status: "SERVING" | "NOT_SERVING" };

/**
 * grpc.health.v1: SERVING while the server answers feeds.
 *
 * @param onChange subscribes to changes of `isServing`; the result ends the subscription
 * @param stopping ends the watches, which would otherwise hold the server's end
 */
export function healthService(
  isServing: () => boolean,
  onChange: (listener: () => void) => () => void,
  stopping: AbortSignal,
): HealthHandlers & Record<string, unknown> {
  const current = (): Status => ({ status: isServing() ? "SERVING" : "NOT_SERVING" });
  return {
    Check(_call: ServerUnaryCall<unknown, Status>, reply: sendUnaryData<Status>): void {
      reply(null, current());
    },
    Watch(call: ServerWritableStream<unknown, Status>): void {
      call.write(current());
      const unsubscribe = onChange(() => call.write(current()));
      const end = () => {
        unsubscribe();
        call.end();
      };
      if (stopping.aborted) end();
      else stopping.addEventListener("abort", end, { once: true });
      call.once("close", () => {
        stopping.removeEventListener("abort", end);
        unsubscribe();
      });
    },
  };
}
