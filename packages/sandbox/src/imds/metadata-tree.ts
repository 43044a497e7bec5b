import { type Instance, NODE_KEY, NODE_ROLE } from "./instance.ts";

/** A leaf is a text, made when it is asked for where it tells the time. */
export type Leaf = string | ((nowMs: number) => string);
export interface Directory {
  readonly [name: string]: Leaf | Directory;
}

/** Everything below a version, secrets of the node included: what must not reach a pod has to be there to be seen. */
export function metadataTree(instance: Instance): Directory {
  const { accountId, availabilityZone, availabilityZoneId, instanceId, localIpv4, mac, region } = instance;
  const hostname = `ip-${localIpv4.replaceAll(".", "-")}.ec2.internal`;
  const role = { [NODE_ROLE]: (nowMs: number) => credentials(nowMs) };
  return {
    dynamic: {
      "instance-identity": {
        document: identityDocument(instance),
        pkcs7: "node-pkcs7-signature",
        rsa2048: "node-rsa2048-signature",
        signature: "node-signature",
      },
    },
    "meta-data": {
      "ami-id": instance.imageId,
      hostname,
      iam: {
        info: (nowMs) => profile(nowMs, accountId),
        "security-credentials": role,
        "security-credentials-extended": {
          [NODE_ROLE]: (nowMs) => credentials(nowMs, { AccountId: accountId }),
        },
      },
      "identity-credentials": {
        ec2: {
          info: (nowMs) => pretty({ Code: "Success", LastUpdated: time(nowMs), AccountId: accountId }),
          "security-credentials": { "ec2-instance": (nowMs) => credentials(nowMs) },
        },
      },
      "instance-id": instanceId,
      "instance-type": instance.instanceType,
      "local-hostname": hostname,
      "local-ipv4": localIpv4,
      mac,
      "managed-ssh-keys": { "active-keys": "ssh-ed25519 node-managed-key" },
      network: {
        interfaces: { macs: { [mac]: { "local-ipv4s": localIpv4, mac, "vpc-id": "vpc-0123456789abcdef0" } } },
      },
      placement: {
        "availability-zone": availabilityZone,
        "availability-zone-id": availabilityZoneId,
        region,
      },
      "public-keys": { "0=node-key": { "openssh-key": "ssh-ed25519 node-public-key" } },
      services: { domain: "amazonaws.com", partition: "aws" },
    },
    "user-data": "#!/bin/bash\n# node bootstrap: kubelet-token=must-never-reach-a-pod\n",
  };
}

/**
 * @returns undefined where there is nothing. A directory lists its entries, one a line and without a last newline,
 *   directories with a slash, except at the top of a version.
 */
export function readTree(tree: Directory, path: readonly string[], nowMs: number): string | undefined {
  let here: Leaf | Directory | undefined = tree;
  for (const segment of path) {
    if (typeof here !== "object") return undefined;
    here = here[segment] ?? Object.entries(here).find(([name]) => name.startsWith(`${segment}=`))?.[1];
  }
  if (typeof here !== "object") return typeof here === "function" ? here(nowMs) : here;
  return Object.entries(here)
    .map(([name, entry]) => (typeof entry === "object" && path.length > 0 && !name.includes("=") ? `${name}/` : name))
    .join("\n");
}

const identityDocument = (instance: Instance): string =>
  JSON.stringify(
    {
      accountId: instance.accountId,
      architecture: "x86_64",
      availabilityZone: instance.availabilityZone,
      billingProducts: null,
      devpayProductCodes: null,
      marketplaceProductCodes: null,
      imageId: instance.imageId,
      instanceId: instance.instanceId,
      instanceType: instance.instanceType,
      kernelId: null,
      pendingTime: "2026-01-01T00:00:00Z",
      privateIp: instance.localIpv4,
      ramdiskId: null,
      region: instance.region,
      version: "2017-09-30",
    },
    null,
    2,
  );

const profile = (nowMs: number, accountId: string): string =>
  pretty({
    Code: "Success",
    LastUpdated: time(nowMs),
    InstanceProfileArn: `arn:aws:iam::${accountId}:instance-profile/${NODE_ROLE}`,
    InstanceProfileId: "AIPANODEROLELEAKED000",
  });

const credentials = (nowMs: number, more: Readonly<Record<string, string>> = {}): string =>
  pretty({
    Code: "Success",
    LastUpdated: time(nowMs),
    Type: "AWS-HMAC",
    AccessKeyId: NODE_KEY.accessKeyId,
    SecretAccessKey: NODE_KEY.secretAccessKey,
    Token: NODE_KEY.sessionToken,
    Expiration: time(nowMs + 6 * 3_600_000),
    ...more,
  });

const time = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** As IMDS writes JSON: a space on either side of the colon. */
const pretty = (value: Readonly<Record<string, string>>): string =>
  `{\n${Object.entries(value)
    .map(([key, text]) => `  ${JSON.stringify(key)} : ${JSON.stringify(text)}`)
    .join(",\n")}\n}`;
