import { type OptionTable, type OptionValues, parseOptions } from "@rolecall/common/config/options";
import { PROCESS_OPTIONS } from "@rolecall/common/config/process-options";
import * as schemas from "@rolecall/common/config/schemas";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { parseBaseArn } from "./domain/role/role-reference.ts";

export const SERVER_OPTIONS = {
  listenAddress: {
    placeholder: "HOST:PORT",
    schema: schemas.hostPort,
    default: "0.0.0.0:9610",
    help: "where agents connect",
  },
  kubeconfig: {
    placeholder: "FILE",
    schema: schemas.text,
    help: "how to reach the Kubernetes API outside a cluster; inside, the pod's service account is used",
  },
  roleBaseArn: {
    placeholder: "ARN",
    schema: schemas.text,
    help: "what short role names belong to, such as arn:aws:iam::123456789012:role/; found out from STS when absent",
  },
  allowedRoles: {
    schema: schemas.boolean,
    default: "false",
    help: "heed kube2iam's namespace annotation iam.amazonaws.com/allowed-roles where a namespace has no iam.amazonaws.com/permitted",
  },
  region: {
    placeholder: "NAME",
    schema: schemas.text,
    help: "the AWS region whose STS is asked; AWS_REGION or the instance's region when absent",
  },
  stsEndpoint: {
    placeholder: "URL",
    schema: schemas.httpUrl,
    help: "replaces the regional STS endpoint, for a VPC endpoint or a test",
  },
  stsRate: {
    placeholder: "CALLS",
    schema: schemas.integer(1, 500),
    default: "20",
    help: "AssumeRole calls a second that this server makes in the long run; an account and region has 600, shared by all",
  },
  stsBurst: {
    placeholder: "CALLS",
    schema: schemas.integer(1, 1_000),
    default: "50",
    help: "AssumeRole calls that may be made at once after a quiet time",
  },
  sessionDuration: {
    placeholder: "DURATION",
    schema: schemas.durationMs("15m", "1h"),
    default: "1h",
    help: "life of the credentials; AWS allows a role that assumes another at most 1h",
  },
  tlsCert: {
    placeholder: "FILE",
    schema: schemas.text,
    default: "/etc/rolecall/tls/tls.crt",
    help: "this server's certificate, PEM; agents check the name in it",
  },
  tlsKey: {
    placeholder: "FILE",
    schema: schemas.text,
    default: "/etc/rolecall/tls/tls.key",
    help: "the certificate's private key, PEM",
  },
  tlsCa: {
    placeholder: "FILE",
    schema: schemas.text,
    default: "/etc/rolecall/tls/ca.crt",
    help: "the authorities whose certificates agents may show, PEM",
  },
  agentAuth: {
    placeholder: "HOW",
    schema: schemas.oneOf(["token", "certificate"]),
    default: "token",
    help: "how an agent proves its node: token (its ServiceAccount token, checked by TokenReview) or certificate (any agent's is taken at its word)",
  },
  agentServiceAccount: {
    placeholder: "NAMESPACE/NAME",
    schema: schemas.text,
    default: "rolecall/rolecall-agent",
    help: "the agents' ServiceAccount, whose tokens are taken",
  },
  tokenAudience: {
    placeholder: "AUDIENCE",
    schema: schemas.text,
    default: "rolecall-server",
    help: "what an agent's token must be issued for",
  },
  maxConnectionAge: {
    placeholder: "DURATION",
    schema: schemas.durationMs("10s", "24h"),
    default: "15m",
    help: "after this time an agent is asked to connect anew, so that load and new certificates spread",
  },
  localApiAddress: {
    placeholder: "HOST:PORT",
    schema: schemas.loopbackHostPort,
    default: "127.0.0.1:9621",
    help: "where the status page and the API of the rolecall command are answered; of this machine only, so that pods cannot reach it",
  },
  agentMissingAfter: {
    placeholder: "DURATION",
    schema: schemas.durationMs("20s", "1h"),
    default: "3m",
    help: "a node whose pods ask for roles is said to be without its agent when none was heard of for so long",
  },
  metricsRoleArn: {
    schema: schemas.boolean,
    default: "false",
    help: "also export rolecall_server_role_assumptions, which has a series for each role ARN in use",
  },
  ...PROCESS_OPTIONS,
} as const satisfies OptionTable;

export type ServerConfig = OptionValues<typeof SERVER_OPTIONS>;

/** @throws StartupError with one line for each bad setting */
export function parseServerConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ReturnType<typeof parseOptions<typeof SERVER_OPTIONS>> {
  const parsed = parseOptions(SERVER_OPTIONS, argv, env);
  if (parsed.kind === "values" && parsed.values.roleBaseArn !== undefined) {
    const base = parseBaseArn(parsed.values.roleBaseArn);
    if (base.kind === "malformed") throw new StartupError([`--role-base-arn ${base.detail}`]);
  }
  return parsed;
}
