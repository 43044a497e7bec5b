import { parseOptions } from "@rolecall/common/config/options";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { clusterName, isClusterTag, type SessionTagRules } from "./domain/credentials/session-tags.ts";
import { type PkiSettings, settingsProblems } from "./domain/pki/pki-settings.ts";
import { parseExternalId } from "./domain/role/external-id.ts";
import type { Parsed } from "./domain/role/parsed.ts";
import { MAX_CHAINED_SECONDS } from "./domain/role/role-chaining.ts";
import { parseSessionName } from "./domain/role/session-name.ts";
import { SERVER_OPTIONS, type ServerConfig } from "./options.ts";

/** @throws StartupError with one line for each bad setting */
export function parseServerConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ReturnType<typeof parseOptions<typeof SERVER_OPTIONS>> {
  const parsed = parseOptions(SERVER_OPTIONS, argv, env);
  if (parsed.kind !== "values") return parsed;
  const problems = configProblems(parsed.values);
  if (problems.length > 0) throw new StartupError(problems);
  return parsed;
}

/** What is wrong with settings that can each be read, one line a problem: with what only another makes wrong, above all. */
const configProblems = (config: ServerConfig): readonly string[] => [
  ...firstHopProblems(config),
  ...tagProblems(config),
  ...(config.tlsMode === "managed" ? managedTlsProblems(config) : []),
];

function firstHopProblems(config: ServerConfig): readonly string[] {
  const { assumeRoleArn, assumeRoleExternalId, assumeRoleSessionName, sessionDuration } = config;
  // Not by the schema, whose error shows the value: an external id is shared between its two parties alone.
  const problem = (flag: string, parsed: Parsed<unknown> | undefined) =>
    parsed?.kind === "malformed" ? [`${flag} ${parsed.detail}`] : [];
  const problems = [
    ...problem(
      "--assume-role-external-id",
      assumeRoleExternalId === undefined ? undefined : parseExternalId(assumeRoleExternalId),
    ),
    ...problem("--assume-role-session-name", parseSessionName(assumeRoleSessionName)),
  ];
  if (assumeRoleExternalId !== undefined && assumeRoleArn === undefined) {
    problems.push("--assume-role-external-id: is of no use without --assume-role-arn");
  }
  if (assumeRoleArn !== undefined && sessionDuration > MAX_CHAINED_SECONDS * 1_000) {
    problems.push(
      "--session-duration: must be at most 1h with --assume-role-arn: AWS gives a role that assumes another no more",
    );
  }
  return problems;
}

function tagProblems({ sessionTags, clusterArn }: ServerConfig): readonly string[] {
  const problems: string[] = [];
  if (clusterArn !== undefined && clusterName(clusterArn) === undefined) {
    problems.push(`--cluster-arn ${clusterArn}: must have the form arn:aws:eks:eu-west-1:123456789012:cluster/name`);
  }
  const needsCluster = sessionTags.find(isClusterTag);
  if (needsCluster && clusterArn === undefined) problems.push(`--session-tags ${needsCluster}: needs --cluster-arn`);
  return problems;
}

function managedTlsProblems(config: ServerConfig): readonly string[] {
  const problems = [...settingsProblems(pkiSettings(config))];
  if (config.agentAuth !== "token") {
    problems.push("--tls-mode managed: needs --agent-auth token, as a node's certificate is signed for its token");
  }
  return problems;
}

/** What sessions are tagged with; undefined where they are not. */
export const sessionTagRules = ({ sessionTags, clusterArn }: ServerConfig): SessionTagRules | undefined =>
  sessionTags.length === 0 ? undefined : { names: sessionTags, clusterArn };

export const pkiSettings = ({ authorityLife, certificateLife, authoritySpread }: ServerConfig): PkiSettings => ({
  authorityLifeMs: authorityLife,
  leafLifeMs: certificateLife,
  spreadMs: authoritySpread,
});
