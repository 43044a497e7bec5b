import type { Metadata } from "@grpc/grpc-js";

/** The token that a call carries, as HTTP has it. */
export const bearerToken = (metadata: Metadata): string | undefined =>
  /^Bearer (\S+)$/.exec(String(metadata.get("authorization")[0] ?? ""))?.[1];
