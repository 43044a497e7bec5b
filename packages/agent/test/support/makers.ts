import type { Credentials } from "../../src/domain/credentials/credentials.ts";
import type { Grant, ViewChange, ViewedPod } from "../../src/domain/credentials/node-view.ts";

export const HOUR_MS = 3_600_000;

export const credentialsUntil = (expiresAtMs: number, accessKeyId = "ASIAEXAMPLE"): Credentials => ({
  accessKeyId,
  secretAccessKey: "made-up",
  sessionToken: "made-up",
  expiresAtMs,
  receivedAtMs: expiresAtMs - HOUR_MS,
  accountId: "123456789012",
});

export const granted = (roleName = "app"): Grant => ({
  kind: "granted",
  assumptionKey: roleName,
  role: { name: roleName, arn: `arn:aws:iam::123456789012:role/${roleName}` },
});

export const aViewedPod = (rest: Partial<ViewedPod> = {}): ViewedPod => ({
  uid: "app",
  version: 0,
  namespace: "shop",
  name: "app",
  ips: ["10.244.1.1"],
  grant: granted(),
  ...rest,
});

export const aSnapshot = (
  pods: readonly ViewedPod[] = [],
  credentials: Readonly<Record<string, Credentials>> = {},
): ViewChange & { kind: "snapshot" } => ({
  kind: "snapshot",
  pods,
  assumptions: new Map(
    Object.entries(credentials).map(([key, held]) => [key, { kind: "credentials", credentials: held }]),
  ),
});
