/** The EC2 instance that the stand-in describes. */
export interface Instance {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly imageId: string;
  readonly accountId: string;
  readonly region: string;
  readonly availabilityZone: string;
  readonly availabilityZoneId: string;
  readonly localIpv4: string;
  readonly mac: string;
}

export const INSTANCE: Instance = {
  instanceId: "i-0123456789abcdef0",
  instanceType: "m7i.large",
  imageId: "ami-0123456789abcdef0",
  accountId: "123456789012",
  region: "us-east-1",
  availabilityZone: "us-east-1a",
  availabilityZoneId: "use1-az4",
  localIpv4: "10.0.0.1",
  mac: "0a:00:00:00:00:01",
};

/** The instance's own role, named so that it stands out wherever a pod gets to see it. */
export const NODE_ROLE = "NODE-ROLE";

/** What the instance's credentials say: no secret, and not to be mistaken for a pod's. */
export const NODE_KEY = {
  accessKeyId: "ASIANODEROLELEAKED00",
  secretAccessKey: "the-node-role-must-never-reach-a-pod",
  sessionToken: "the-node-role-must-never-reach-a-pod",
} as const;

export const nodeRoleArn = (accountId: string, { instanceId }: Instance = INSTANCE): string =>
  `arn:aws:sts::${accountId}:assumed-role/${NODE_ROLE}/${instanceId}`;
