import { InterceptingCall, type Interceptor, status } from "@grpc/grpc-js";
import type { RecordCall } from "@rolecall/common/telemetry/grpc-metrics";

/** Times each call to its status, and a stream to its first message. */
export function timeCalls(record: RecordCall): Interceptor {
  return (options, nextCall) => {
    const { path, responseStream } = options.method_definition;
    const startedMs = performance.now();
    let isRecorded = false;
    const ended = (code: number) => {
      if (isRecorded) return;
      isRecorded = true;
      record(path.slice(path.lastIndexOf("/") + 1), status[code] ?? "UNKNOWN", (performance.now() - startedMs) / 1_000);
    };
    return new InterceptingCall(nextCall(options), {
      start(metadata, _listener, next) {
        next(metadata, {
          onReceiveMessage(message, proceed) {
            if (responseStream) ended(status.OK);
            proceed(message);
          },
          onReceiveStatus(received, proceed) {
            ended(received.code);
            proceed(received);
          },
        });
      },
    });
  };
}
