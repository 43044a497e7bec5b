import { type OptionTable, type OptionValues, parseOptions } from "@rolecall/common/config/options";
import { PEER_OPTIONS } from "@rolecall/common/config/peer-options";
import { PROCESS_OPTIONS } from "@rolecall/common/config/process-options";
import * as schemas from "@rolecall/common/config/schemas";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { parseAllowedLeaf } from "./domain/imds/allow-list.ts";
import { TOKEN_POLICIES } from "./domain/imds/token-policy.ts";
import { isAliasAddress } from "./domain/interception/alias.ts";
import { SHARED_OPTIONS } from "./shared-options.ts";

export const AGENT_OPTIONS = {
  nodeName: {
    placeholder: "NAME",
    schema: schemas.text,
    help: "the Kubernetes node this agent runs on; in a pod, spec.nodeName through the downward API",
  },
  serverAddress: {
    placeholder: "HOST:PORT",
    schema: schemas.hostPort,
    default: "rolecall-server:9610",
    help: "the servers; a name with several addresses is balanced over all of them",
  },
  serverName: {
    placeholder: "NAME",
    schema: schemas.text,
    help: "the name the server's certificate must carry, where it is not the host of --server-address",
  },
  tlsMode: {
    placeholder: "MODE",
    schema: schemas.oneOf(["files", "managed"]),
    default: "files",
    help: "where this agent's certificate comes from: files (--tls-cert, --tls-key) or managed (asked of the servers, kept in memory)",
  },
  enrollmentPort: {
    placeholder: "PORT",
    schema: schemas.port,
    default: "9611",
    help: "with --tls-mode=managed, where the servers sign certificates, at the host of --server-address",
  },
  tlsCert: {
    placeholder: "FILE",
    schema: schemas.text,
    default: "/etc/rolecall/tls/tls.crt",
    help: "this agent's certificate, PEM",
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
    help: "the authorities that sign the servers' certificates, PEM; with --tls-mode=managed it may come later",
  },
  ...PEER_OPTIONS,
  maxConnectionAge: {
    placeholder: "DURATION",
    schema: schemas.durationMs("10s", "24h"),
    default: "15m",
    help: "after this time the servers are connected to anew, so that load and new certificates spread",
  },
  tokenFile: {
    placeholder: "FILE",
    schema: schemas.text,
    default: "/var/run/secrets/rolecall.dev/token",
    help: "this agent's ServiceAccount token, projected for the servers' audience; it proves the node",
  },
  metadataAddress: {
    placeholder: "HOST:PORT",
    schema: schemas.hostPort,
    default: "169.254.253.1:8181",
    help: "where pods' metadata requests are answered; with interception, the address they are redirected to, and a free port of it while another agent has this one",
  },
  metadataAddress6: {
    placeholder: "ADDRESS",
    schema: schemas.text,
    help: "where requests to fd00:ec2::254 are redirected to, the keeper's --alias6; answered at the same port",
  },
  metadataHosts: {
    placeholder: "HOST,...",
    schema: schemas.list,
    default: "",
    help: "Host header values accepted besides the metadata addresses, for clients with an endpoint override; CRT clients send the host without its port",
  },
  containerCredentials: {
    schema: schemas.boolean,
    default: "false",
    help: "also answer http://169.254.170.2/v1/credentials, for clients with AWS_CONTAINER_CREDENTIALS_FULL_URI and a ServiceAccount token",
  },
  containerPort: {
    placeholder: "PORT",
    schema: schemas.port,
    default: "8182",
    help: "the port of container credentials, at the host of --metadata-address",
  },
  imdsTokens: {
    placeholder: "POLICY",
    schema: schemas.oneOf(TOKEN_POLICIES),
    default: "required",
    help: "whether a request needs a session token (IMDSv2): required or optional",
  },
  imdsTokensByNamespace: {
    schema: schemas.boolean,
    default: "false",
    help: "let a namespace's annotation iam.amazonaws.com/imds-tokens (required or optional) go before --imds-tokens",
  },
  imdsAllow: {
    placeholder: "PATH,...",
    schema: schemas.list,
    default: "",
    help: "further leaves of the node's own metadata that pods may read, such as meta-data/mac; never credentials or user-data",
  },
  imdsEndpoint: {
    placeholder: "URL",
    schema: schemas.httpUrl,
    default: "http://169.254.169.254",
    help: "where the agent reads the node's own metadata",
  },
  tokenKeyFile: {
    placeholder: "FILE",
    schema: schemas.text,
    default: "/run/rolecall/agent/token-key",
    help: "keeps the key of session tokens, so that they survive a restart of the agent",
  },
  interception: {
    schema: schemas.boolean,
    default: "true",
    help: "be reached by the kernel rules that the keeper keeps; without, clients must be pointed at --metadata-address",
  },
  ...SHARED_OPTIONS,
  ...PROCESS_OPTIONS,
} as const satisfies OptionTable;

export type AgentConfig = OptionValues<typeof AGENT_OPTIONS>;

/**
 * Reads the agent's settings. A node name has no default but must be set.
 *
 * @throws StartupError with one line for each bad setting
 */
export function parseAgentConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ReturnType<typeof parseOptions<typeof AGENT_OPTIONS>> {
  const parsed = parseOptions(AGENT_OPTIONS, argv, env);
  if (parsed.kind !== "values") return parsed;
  const { nodeName, imdsAllow, interception, metadataAddress } = parsed.values;
  const problems: string[] = [];
  if (nodeName === undefined) problems.push("--node-name: must be set, to spec.nodeName of the agent's own pod");
  for (const text of imdsAllow) {
    const leaf = parseAllowedLeaf(text);
    if (leaf.kind === "refused") problems.push(`--imds-allow ${text}: ${leaf.problem}`);
  }
  if (interception && !(isAliasAddress(metadataAddress.host) && metadataAddress.port > 0)) {
    problems.push(
      `--metadata-address ${metadataAddress.host}:${metadataAddress.port}: must be a link-local IPv4 address that is no metadata address, and a port, such as 169.254.253.1:8181; the keeper puts it on the loopback interface`,
    );
  }
  if (problems.length > 0) throw new StartupError(problems);
  return parsed;
}
