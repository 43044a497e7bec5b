import {
  ALLOWED_ROLES_ANNOTATION,
  IMDS_TOKENS_ANNOTATION,
  type Namespace,
  PERMITTED_ANNOTATION,
  parseImdsTokens,
} from "../../domain/namespace/namespace.ts";
import { MAX_POLICY_LENGTH } from "../../domain/namespace/permitted-roles.ts";
import { annotation, fields, text } from "./object-fields.ts";

const LONGEST_TOKENS = "required";

/**
 * What is kept of a namespace (core/v1).
 *
 * @returns undefined for what is no namespace: it has no name
 */
export function projectNamespace(object: unknown): Namespace | undefined {
  const { name: given, annotations } = fields(fields(object)["metadata"]);
  const name = text(given);
  if (name === undefined) return undefined;
  const allowedRoles = annotation(annotations, ALLOWED_ROLES_ANNOTATION, MAX_POLICY_LENGTH);
  const imdsTokens = parseImdsTokens(annotation(annotations, IMDS_TOKENS_ANNOTATION, LONGEST_TOKENS.length));
  return {
    name,
    permitted: annotation(annotations, PERMITTED_ANNOTATION, MAX_POLICY_LENGTH),
    ...(allowedRoles !== undefined && { allowedRoles }),
    ...(imdsTokens && { imdsTokens }),
  };
}
