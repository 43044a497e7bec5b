import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { expect, test } from "@jest/globals";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Caller } from "../../application/identify-node.ts";
import { type BrokerServiceOptions, brokerService } from "./broker-service.ts";

test("a defect ends the call as internal, is logged, and none of its words cross the wire", async () => {
  const logged: object[] = [];
  const log: Logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (fields: object) => void logged.push(fields),
    child: () => log,
  };
  const defect = new Error("secret detail of the inside");
  const options = {
    log,
    stopping: new AbortController().signal,
    isServing: () => true,
    identify: async ({ named }: Caller) => ({ kind: "node", node: named }),
    certificateOf: () => undefined,
    find: { find: () => Promise.reject(defect) },
  } as unknown as BrokerServiceOptions;
  const service = brokerService(options) as unknown as Record<
    string,
    (call: object, reply: (error: ServiceError) => void) => void
  >;
  const call = { request: { nodeName: "worker-1" }, metadata: new Metadata(), getPeer: () => "10.0.0.1:5000" };
  const error = await new Promise<ServiceError>((resolve) => service["GetPodCredentials"]?.(call, resolve));
  expect(error.code).toBe(status.INTERNAL);
  expect(error.metadata.get("rolecall-reason")).toEqual(["internal"]);
  expect(JSON.stringify([error.details, error.message ?? ""])).not.toContain("secret detail");
  expect(logged).toEqual([{ err: defect }]);
});
