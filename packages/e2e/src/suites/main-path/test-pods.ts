import { join } from "node:path";
import type { Cluster } from "../../cluster/cluster.ts";
import { CLIENT_IMAGE } from "../../cluster/images.ts";
import { PAUSE_IMAGE } from "../../cluster/node-config.ts";
import type { Cloud } from "./cloud.ts";

/** The pinned one. */
const AWS_CLI = join(import.meta.dirname, "../../../../../.ci/toolchain/python/bin/aws");

export const ROLE_ANNOTATION = "iam.amazonaws.com/role";
const PERMITTED_ANNOTATION = "iam.amazonaws.com/permitted";

export interface TestPod {
  readonly name: string;
  readonly namespace?: string;
  readonly node?: string;
  readonly role?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly hostNetwork?: boolean;
  readonly account?: string;
  /** Asks for credentials as its first act; otherwise the pod does nothing and clients of the machine play it. */
  readonly asksFirst?: boolean;
}

export const aNamespace = (name: string, permitted?: string): object => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, ...(permitted === undefined ? {} : { annotations: { [PERMITTED_ANNOTATION]: permitted } }) },
});

export const aPod = ({
  name,
  namespace = "shop",
  node = "worker-1",
  role,
  labels,
  hostNetwork,
  account,
  asksFirst,
}: TestPod): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name,
    namespace,
    ...(labels ? { labels } : {}),
    ...(role === undefined ? {} : { annotations: { [ROLE_ANNOTATION]: role } }),
  },
  spec: {
    nodeName: node,
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 1,
    ...(hostNetwork ? { hostNetwork } : {}),
    ...(account === undefined ? {} : { serviceAccountName: account }),
    containers: [{ name: "main", image: asksFirst ? CLIENT_IMAGE : PAUSE_IMAGE, imagePullPolicy: "IfNotPresent" }],
  },
});

export interface HttpAnswer {
  /** 0 where the connection was refused. */
  readonly status: number;
  readonly body: string;
  readonly seconds: number;
}

/** What a program in a pod is told, seen from outside. */
export class InPod {
  readonly #cluster: Cluster;
  readonly #cloud: Cloud;
  readonly #namespace: string;
  readonly #name: string;

  constructor(cluster: Cluster, cloud: Cloud, name: string, namespace = "shop") {
    this.#cluster = cluster;
    this.#cloud = cloud;
    this.#name = name;
    this.#namespace = namespace;
  }

  /**
   * `aws sts get-caller-identity` with nothing to find credentials by but the metadata address.
   *
   * @returns the ARN, or what the AWS CLI said instead
   */
  async callerIdentity(): Promise<string> {
    const clean = [
      "env",
      "-u",
      "AWS_ACCESS_KEY_ID",
      "-u",
      "AWS_SECRET_ACCESS_KEY",
      "-u",
      "AWS_SESSION_TOKEN",
      "-u",
      "AWS_PROFILE",
    ];
    const env = {
      AWS_ENDPOINT_URL_STS: this.#cloud.sts.url,
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    };
    const { exitCode, stdout, stderr } = await this.#exec(
      [...clean, AWS_CLI, "sts", "get-caller-identity", "--query=Arn", "--output=text"],
      env,
    );
    return exitCode === 0 ? stdout.trim() : stderr.trim();
  }

  /** A session token of this pod, valid for a minute; empty where none was given. */
  async token(): Promise<string> {
    return (await this.#askForToken()).body;
  }

  /** A GET as IMDSv2 has it. */
  async get(path: string): Promise<HttpAnswer> {
    const token = await this.#askForToken();
    return token.status === 200 ? this.getWithToken(token.body, path) : token;
  }

  getWithToken(token: string, path: string): Promise<HttpAnswer> {
    return this.#curl(["-H", `x-aws-ec2-metadata-token: ${token}`, `${METADATA}${path}`]);
  }

  /** A GET as IMDSv1 has it. */
  getWithoutToken(path: string): Promise<HttpAnswer> {
    return this.#curl([`${METADATA}${path}`]);
  }

  #askForToken(): Promise<HttpAnswer> {
    return this.#curl(["-X", "PUT", "-H", "x-aws-ec2-metadata-token-ttl-seconds: 60", `${METADATA}/latest/api/token`]);
  }

  async #curl(args: readonly string[]): Promise<HttpAnswer> {
    const { stdout } = await this.#exec(
      ["curl", "-s", "--max-time", "2", "-w", "\n%{http_code} %{time_total}", ...args],
      {},
    );
    const lines = stdout.split("\n");
    const [status = "0", seconds = "0"] = (lines.pop() ?? "").split(" ");
    return { status: Number(status), body: lines.join("\n"), seconds: Number(seconds) };
  }

  #exec(command: readonly string[], env: Readonly<Record<string, string>>) {
    return this.#cluster.podExec(this.#namespace, this.#name, command, { env });
  }
}

const METADATA = "http://169.254.169.254";
export const ROLE_LIST = "/latest/meta-data/iam/security-credentials/";
