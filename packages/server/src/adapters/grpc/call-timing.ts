import { ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import type { RecordCall } from "@rolecall/common/telemetry/grpc-metrics";

/**
 * Times each call from its arrival to its status, and a stream to its first message: how long it stays open afterwards is
 * the agent's doing.
 */
export function timeCalls(record: RecordCall): ServerInterceptor {
  return ({ path, responseStream }, call) => {
    const startedMs = performance.now();
    let isRecorded = false;
    const ended = (code: number) => {
      if (isRecorded) return;
      isRecorded = true;
      record(path.slice(path.lastIndexOf("/") + 1), status[code] ?? "UNKNOWN", (performance.now() - startedMs) / 1_000);
    };
    return new ServerInterceptingCall(call, {
      sendMessage(message, next) {
        if (responseStream) ended(status.OK);
        next(message);
      },
      sendStatus(sent, next) {
        ended(sent.code ?? status.UNKNOWN);
        next(sent);
      },
    });
  };
}
