import type { STSClient } from "@aws-sdk/client-sts";
import type { Clock } from "@rolecall/common/time/clock";
import type { TimeReading } from "@rolecall/common/time/remote-clock";

type Plugin = Parameters<STSClient["middlewareStack"]["use"]>[0];

/** An HTTP date is in whole seconds (RFC 9110, 5.6.7). */
const RESOLUTION_MS = 1_000;

/** Reads the `Date` header of each answer before the SDK makes an output or an error of it. */
export const readTimeOf = (clock: Clock, onTime: (reading: TimeReading) => void): Plugin => ({
  applyToStack(stack) {
    stack.add(
      (next) => async (args) => {
        const askedAtMs = clock.nowMs();
        const result = await next(args);
        const saidMs = Date.parse(dateHeader(result.response));
        if (!Number.isNaN(saidMs)) {
          onTime({ askedAtMs, answeredAtMs: clock.nowMs(), saidMs, resolutionMs: RESOLUTION_MS });
        }
        return result;
      },
      // Within its step a low priority is the nearest to the wire.
      { step: "deserialize", priority: "low", name: "rolecallReadTime" },
    );
  },
});

function dateHeader(response: unknown): string {
  const headers = (response as { readonly headers?: Readonly<Record<string, string>> } | undefined)?.headers;
  return headers?.["date"] ?? headers?.["Date"] ?? "";
}
