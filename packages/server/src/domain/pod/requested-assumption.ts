import type { Assumption } from "../credentials/assumption.ts";
import { type SessionTagRules, sessionTags } from "../credentials/session-tags.ts";
import { type Denied, denied } from "../policy/grant.ts";

import { parseExternalId } from "../role/external-id.ts";
import { type Parsed, valid } from "../role/parsed.ts";
import { type BaseArn, resolveRoleReference } from "../role/role-reference.ts";
import { parseSessionDuration } from "../role/session-duration.ts";
import { defaultSessionName, parseSessionName } from "../role/session-name.ts";
import { POD_ANNOTATIONS, type Pod, type PodAnnotations } from "./pod.ts";

/** What completes a pod's annotations to an assumption. */
export interface AssumptionRules {
  /** Undefined where it is neither configured nor known; only full ARNs can be resolved then. */
  readonly baseArn: BaseArn | undefined;
  /** The session duration of a pod that asks for none. */
  readonly defaultDurationSeconds: number;
  /** The longest session a pod may ask for: 3600 where the server's own credentials are an assumed role's. */
  readonly maxDurationSeconds: number;
  /** What sessions are tagged with; absent where they are not. */
  readonly sessionTags?: SessionTagRules;
}

export type RequestedAssumption =
  | { readonly kind: "requested"; readonly assumption: Assumption }
  | Denied
  /** The pod carries no role annotation. */
  | { readonly kind: "none" };

/** What a pod asks for by its annotations, whether or not its namespace permits it. The first bad annotation denies it. */
export function requestedAssumption(pod: Pod, rules: AssumptionRules): RequestedAssumption {
  const { role, sessionName, externalId, sessionDuration } = pod.annotations;
  if (role === undefined) return { kind: "none" };

  const roleArn = resolveRoleReference(role, rules.baseArn);
  if (roleArn.kind === "malformed") return refused("role", "role-reference-malformed", roleArn.detail);

  const name = parsedOr(sessionName, parseSessionName, defaultSessionName(pod.namespace, pod.serviceAccount));
  if (name.kind === "malformed") return refused("sessionName", "session-name-malformed", name.detail);

  const id = parsedOr(externalId, parseExternalId, undefined);
  if (id.kind === "malformed") return refused("externalId", "external-id-malformed", id.detail);

  const parseDuration = (text: string) => parseSessionDuration(text, rules.maxDurationSeconds);
  const duration = parsedOr(sessionDuration, parseDuration, rules.defaultDurationSeconds);
  if (duration.kind === "malformed") return refused("sessionDuration", "session-duration-malformed", duration.detail);

  return {
    kind: "requested",
    assumption: {
      roleArn: roleArn.value,
      sessionName: name.value,
      externalId: id.value,
      durationSeconds: duration.value,
      ...(rules.sessionTags && { tags: sessionTags(rules.sessionTags, pod) }),
    },
  };
}

const parsedOr = <T>(text: string | undefined, parse: (text: string) => Parsed<T>, otherwise: T): Parsed<T> =>
  text === undefined ? valid(otherwise) : parse(text);

const refused = (annotation: keyof PodAnnotations, reason: Denied["reason"], detail: string): Denied =>
  denied(reason, `the pod's annotation ${POD_ANNOTATIONS[annotation]} ${detail}`);
