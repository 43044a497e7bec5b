import { type Namespace, PERMITTED_ANNOTATION } from "../../domain/namespace/namespace.ts";
import { MAX_POLICY_LENGTH } from "../../domain/namespace/permitted-roles.ts";
import { annotation, fields, text } from "./object-fields.ts";

/**
 * What is kept of a namespace (core/v1).
 *
 * @returns undefined for what is no namespace: it has no name
 */
export function projectNamespace(object: unknown): Namespace | undefined {
  const { name: given, annotations } = fields(fields(object)["metadata"]);
  const name = text(given);
  return name === undefined
    ? undefined
    : { name, permitted: annotation(annotations, PERMITTED_ANNOTATION, MAX_POLICY_LENGTH) };
}
