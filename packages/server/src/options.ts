import type { OptionTable, OptionValues } from "@rolecall/common/config/options";
import { PEER_OPTIONS } from "@rolecall/common/config/peer-options";
import { PROCESS_OPTIONS } from "@rolecall/common/config/process-options";
import * as schemas from "@rolecall/common/config/schemas";
import { DOCS_URL } from "@rolecall/common/reasons/docs-url";
import { SESSION_TAG_NAMES, type SessionTagName } from "./domain/credentials/session-tags.ts";
import { malformed, valid } from "./domain/role/parsed.ts";
import { parseRoleArn } from "./domain/role/role-arn.ts";
import { parseBaseArn } from "./domain/role/role-reference.ts";

const sessionTagNames = schemas.readBy<readonly SessionTagName[]>((text) => {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const isKnown = (name: string): name is SessionTagName => (SESSION_TAG_NAMES as readonly string[]).includes(name);
  return names.every(isKnown) ? valid(names) : malformed(`must be of ${SESSION_TAG_NAMES.join(", ")}`);
});

const podReference = schemas.readBy((text) => {
  const [, namespace, name, uid] = /^([^/]+)\/([^/]+)\/([^/]+)$/.exec(text) ?? [];
  return namespace && name && uid ? valid({ namespace, name, uid }) : malformed("must be NAMESPACE/NAME/UID");
});

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
    schema: schemas.readBy(parseBaseArn),
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
    schema: schemas.durationMs("15m", "12h"),
    default: "1h",
    help: "life of the credentials; at most 1h unless the server is an IAM user to AWS, which gives a role that assumes another no more",
  },
  sessionTags: {
    placeholder: "NAME,...",
    schema: sessionTagNames,
    default: "",
    help: `tags of sessions, as EKS Pod Identity names them: ${SESSION_TAG_NAMES.join(", ")}; with a tag of the pod each pod costs an AssumeRole of its own`,
  },
  clusterArn: {
    placeholder: "ARN",
    schema: schemas.text,
    help: "the EKS cluster's ARN, for the session tags eks-cluster-arn and eks-cluster-name",
  },
  assumeRoleArn: {
    placeholder: "ARN",
    schema: schemas.readBy(parseRoleArn),
    help: "a role that the server itself assumes first; it then assumes pods' roles as that one",
  },
  assumeRoleExternalId: {
    placeholder: "ID",
    schema: schemas.text,
    help: "the external id that the role of --assume-role-arn asks for",
  },
  assumeRoleSessionName: {
    placeholder: "NAME",
    schema: schemas.text,
    default: "rolecall-server",
    help: "how CloudTrail names the server in the role of --assume-role-arn",
  },
  tlsMode: {
    placeholder: "MODE",
    schema: schemas.oneOf(["files", "managed"]),
    default: "files",
    help: "where certificates come from: files (--tls-cert, --tls-key, --tls-ca) or managed (the servers keep an authority in a Secret, and sign their own and the agents')",
  },
  enrollmentAddress: {
    placeholder: "HOST:PORT",
    schema: schemas.hostPort,
    default: "0.0.0.0:9611",
    help: "with --tls-mode=managed, where agents ask for their certificates",
  },
  pkiObjects: {
    placeholder: "NAMESPACE/NAME",
    schema: schemas.namespacedName,
    default: "rolecall/rolecall-pki",
    help: "with --tls-mode=managed, the Secret of the authorities and their keys, the ConfigMap of their certificates, and the Lease of the leader, all of this name",
  },
  serverNames: {
    placeholder: "NAME,...",
    schema: schemas.list,
    default: "localhost,127.0.0.1",
    help: "with --tls-mode=managed, the names by which agents reach the servers, for the servers' certificates",
  },
  authorityLife: {
    placeholder: "DURATION",
    schema: schemas.durationMs("1m", "87600h"),
    default: "2160h",
    help: "with --tls-mode=managed, how long an authority lives; its successor is made when a third is left",
  },
  authoritySpread: {
    placeholder: "DURATION",
    schema: schemas.durationMs("1s", "720h"),
    default: "1h",
    help: "with --tls-mode=managed, for how long a new authority is trusted before it signs; longer than the kubelets take to bring it to every node",
  },
  certificateLife: {
    placeholder: "DURATION",
    schema: schemas.durationMs("10s", "8760h"),
    default: "24h",
    help: "with --tls-mode=managed, how long a server's and an agent's certificate lives; it is renewed at half of it",
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
    help: "how an agent proves its node, besides its certificate: token (its ServiceAccount token, checked by TokenReview) or certificate (any agent's is taken at its word, unless it is of one node alone)",
  },
  agentServiceAccount: {
    placeholder: "NAMESPACE/NAME",
    schema: schemas.namespacedName,
    default: "rolecall/rolecall-agent",
    help: "the agents' ServiceAccount, whose tokens are taken",
  },
  tokenAudience: {
    placeholder: "AUDIENCE",
    schema: schemas.text,
    default: "rolecall-server",
    help: "what an agent's token must be issued for",
  },
  offlineTokens: {
    schema: schemas.boolean,
    default: "true",
    help: "with --agent-auth=token, while the Kubernetes API cannot be asked take a token by its signature, for the agent of a pod that the server has seen; needs the right to read the API server's keys",
  },
  ...PEER_OPTIONS,
  liftStartupTaint: {
    schema: schemas.boolean,
    default: "false",
    help: "take the taint rolecall.dev/agent-not-ready from a node once its agent reports that it can answer; needs the right to patch nodes",
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
  auditLog: {
    placeholder: "FILE",
    schema: schemas.text,
    help: "write a JSON line for each hand-out of credentials to this file, or to stdout; none are written when absent",
  },
  docsUrl: {
    placeholder: "URL",
    schema: schemas.httpUrl,
    default: DOCS_URL,
    help: "where the documents are read that Events link to",
  },
  ownPod: {
    placeholder: "NAMESPACE/NAME/UID",
    schema: podReference,
    help: "the server's own pod, which gets an Event where the server lacks its rights; none does when absent",
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
