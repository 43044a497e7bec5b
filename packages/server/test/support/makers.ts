import type { Assumption } from "../../src/domain/credentials/assumption.ts";
import type { Credentials } from "../../src/domain/credentials/credentials.ts";
import type { Pod } from "../../src/domain/pod/pod.ts";
import type { RoleArn } from "../../src/domain/role/role-arn.ts";

export const HOUR_MS = 3_600_000;

let made = 0;

/** A running pod of worker-1 without annotations, its own in UID, name and address. */
export function aPod({
  annotations,
  ...rest
}: Partial<Omit<Pod, "annotations">> & { annotations?: Partial<Pod["annotations"]> } = {}): Pod {
  made += 1;
  return {
    version: 1,
    uid: `uid-${made}`,
    namespace: "shop",
    name: `pod-${made}`,
    serviceAccount: "default",
    node: "worker-1",
    ips: [`10.244.1.${made % 256}`],
    hostNetwork: false,
    finished: false,
    annotations: {
      role: undefined,
      sessionName: undefined,
      externalId: undefined,
      sessionDuration: undefined,
      ...annotations,
    },
    ...rest,
  };
}

export const roleArn = (name: string): RoleArn => `arn:aws:iam::123456789012:role/${name}` as RoleArn;

export const anAssumption = (rest: Partial<Assumption> = {}): Assumption => ({
  roleArn: roleArn("app"),
  sessionName: "shop.default",
  externalId: undefined,
  durationSeconds: 3_600,
  ...rest,
});

export const credentialsFrom = (receivedAtMs: number, lifeMs = HOUR_MS, accessKeyId = "ASIAEXAMPLE"): Credentials => ({
  accessKeyId,
  secretAccessKey: "made-up",
  sessionToken: "made-up",
  receivedAtMs,
  expiresAtMs: receivedAtMs + lifeMs,
});
