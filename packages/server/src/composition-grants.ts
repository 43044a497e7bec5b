import type { Readiness } from "@rolecall/common/health/readiness";
import type { Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import { checkOwnCredentials } from "./application/check-own-credentials.ts";
import type { CallerIdentity } from "./application/ports/caller-identity.ts";
import { sessionTagRules } from "./config.ts";
import type { NamespaceInventory } from "./domain/namespace/namespace-inventory.ts";
import type { Pod } from "./domain/pod/pod.ts";
import { decideGrant, type GrantRules } from "./domain/policy/decide-grant.ts";
import type { Grant } from "./domain/policy/grant.ts";
import { MAX_CHAINED_SECONDS } from "./domain/role/role-chaining.ts";
import { baseArnFromCallerIdentity } from "./domain/role/role-reference.ts";
import type { ServerConfig } from "./options.ts";

export interface GrantsOptions {
  readonly config: ServerConfig;
  readonly namespaces: NamespaceInventory;
  readonly callerIdentity: CallerIdentity;
  /** Called once, when it is known what short role names belong to. */
  readonly onRoleBase: () => void;
  readonly readiness: Readiness;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

export interface Grants {
  readonly decide: (pod: Pod) => Grant;
  /** They change once: when the server learns its account. */
  readonly rules: () => GrantRules;
  /** Who the server is to AWS; undefined until STS has said it. */
  readonly callerArn: () => string | undefined;
  readonly run: Task;
}

/** What pods may have, by the settings and by who the server is to AWS. */
export function createGrants(options: GrantsOptions): Grants {
  const { config, namespaces, onRoleBase, readiness, log } = options;
  const sessionSeconds = Math.floor(config.sessionDuration / 1_000);
  const sessionTags = sessionTagRules(config);
  let rules: GrantRules = {
    baseArn: config.roleBaseArn,
    defaultDurationSeconds: sessionSeconds,
    maxDurationSeconds: Math.max(sessionSeconds, MAX_CHAINED_SECONDS),
    ...(sessionTags && { sessionTags }),
    readsAllowedRoles: config.allowedRoles,
  };
  let callerArn: string | undefined;
  const learn = (arn: string) => {
    callerArn = arn;
    if (rules.baseArn) return;
    const baseArn = baseArnFromCallerIdentity(arn);
    if (!baseArn) {
      readiness.report("role-base", `${arn} names no account; set --role-base-arn (chart value aws.roleBaseArn)`);
      return;
    }
    rules = { ...rules, baseArn };
    const { accountId, partition } = baseArn;
    log.info({ accountId, partition }, "short role names belong to this account");
    onRoleBase();
  };
  if (rules.baseArn) onRoleBase();
  return {
    decide: (pod) => decideGrant(pod, namespaces.get(pod.namespace), rules),
    rules: () => rules,
    callerArn: () => callerArn,
    run: checkOwnCredentials({
      callerIdentity: options.callerIdentity,
      sessionSeconds,
      onIdentity: learn,
      report: (problem) => readiness.report("aws-credentials", problem),
      clock: options.clock,
      random: options.random,
      log,
    }),
  };
}
