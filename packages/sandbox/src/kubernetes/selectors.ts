import { type KubernetesObject, valueAt } from "./object.ts";
import type { Resource } from "./resources.ts";
import { ApiError, badRequest } from "./status.ts";

export type Selector = (object: KubernetesObject) => boolean;

/**
 * Reads a `fieldSelector`: terms `field=value`, `==` or `!=`, joined by commas.
 *
 * @throws ApiError 400 for a term that cannot be read or a field that the resource does not offer
 */
export function parseFieldSelector(text: string, { selectableFields, isNamespaced }: Resource): Selector {
  const known = ["metadata.name", ...(isNamespaced ? ["metadata.namespace"] : []), ...selectableFields];
  const terms = splitTerms(text).map((term) => {
    const match = /^([^=!]+)(!=|==?)(.*)$/.exec(term);
    if (!match) throw new ApiError(badRequest(`invalid selector: '${text}'; can't understand '${term}'`));
    const [, field = "", operator, value] = match;
    if (!known.includes(field)) throw new ApiError(badRequest(`field label not supported: ${field}`));
    const path = field.split(".");
    return (object: KubernetesObject) => {
      const found = valueAt(object, path);
      const equal = (found === undefined ? unset(field) : String(found)) === value;
      return operator === "!=" ? !equal : equal;
    };
  });
  return (object) => terms.every((term) => term(object));
}

/** What the selectable form of a field says that the object leaves out. */
const unset = (field: string): string => (["spec.hostNetwork", "spec.unschedulable"].includes(field) ? "false" : "");

/**
 * Reads a `labelSelector`: terms `key`, `!key`, `key=value`, `==`, `!=`, `key in (a,b)`, `key notin (a,b)`, joined by
 * commas. `!=` and `notin` also take objects without the label.
 *
 * @throws ApiError 400 for a term that cannot be read
 */
export function parseLabelSelector(text: string): Selector {
  const terms = splitTerms(text).map(parseLabelTerm);
  return ({ metadata }) => terms.every((term) => term(metadata.labels ?? {}));
}

function parseLabelTerm(term: string): (labels: Readonly<Record<string, string>>) => boolean {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(term);
  if (set) {
    const [, key = "", operator, list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    return (labels) => values.includes(labels[key] ?? "\0") === (operator === "in");
  }
  const equality = /^([^\s=!()]+)\s*(!=|==?)\s*([^\s=!()]*)$/.exec(term);
  if (equality) {
    const [, key = "", operator, value] = equality;
    return (labels) => (labels[key] === value) === (operator !== "!=");
  }
  const existence = /^(!?)\s*([^\s=!()]+)$/.exec(term);
  if (existence) {
    const [, not, key = ""] = existence;
    return (labels) => key in labels === (not === "");
  }
  throw new ApiError(badRequest(`unable to parse requirement: ${term}`));
}

/** Splits at commas that are not inside parentheses. */
const splitTerms = (text: string): readonly string[] =>
  text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== "");
