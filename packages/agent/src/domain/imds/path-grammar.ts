/** What a request target comes down to. */
export type ParsedTarget =
  | {
      readonly kind: "path";
      /** Decoded, never empty, never `.` or `..`, printable ASCII only. */
      readonly segments: readonly string[];
      /** The authority of an absolute-form target (RFC 9112 §3.2.2), which then stands for the Host header. */
      readonly authority?: string;
    }
  | { readonly kind: "rejected" };

const REJECTED: ParsedTarget = { kind: "rejected" };

const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)/i;
const OUTSIDE_VISIBLE_ASCII_OR_BACKSLASH = /[^\x21-\x7e]|\\/;
const BROKEN_ESCAPE = /%(?![0-9a-fA-F]{2})/;
/** Escapes of a control, of anything beyond ASCII, and of `%`, `/` and `\`: each would let two readers see two paths. */
const DECEITFUL_ESCAPE = /%(?:[01][0-9a-f]|7f|[89a-f][0-9a-f]|25|2f|5c)/i;

/**
 * Reduces a raw request target to canonical segments by rules of our own. The URL standard's parser is no use here: it
 * reads `//latest/meta-data` as host and path, turns `\` into `/`, resolves `%2e%2e` and deletes tabs, so a filter on
 * its result decides about another path than the one that was asked (CVE-2022-23551 was such a difference).
 *
 * Doubled slashes and a trailing slash mean nothing, as on EC2. One decoding; what would change under a second one is
 * rejected.
 *
 * @param target the bytes between method and version, one character a byte
 */
export function parseTarget(target: string): ParsedTarget {
  const absolute = target.startsWith("/") ? null : ABSOLUTE_FORM.exec(target);
  if (!absolute && !target.startsWith("/")) return REJECTED;
  const rest = absolute ? target.slice(absolute[0].length) : target;
  const end = rest.search(/[?#]/);
  const path = end < 0 ? rest : rest.slice(0, end);

  if (OUTSIDE_VISIBLE_ASCII_OR_BACKSLASH.test(path)) return REJECTED;
  const escaped = path.includes("%");
  if (escaped && (BROKEN_ESCAPE.test(path) || DECEITFUL_ESCAPE.test(path))) return REJECTED;

  const segments: string[] = [];
  for (const segment of (escaped ? decodeURIComponent(path) : path).split("/")) {
    if (segment === "..") return REJECTED;
    if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return absolute ? { kind: "path", segments, authority: absolute[1] ?? "" } : { kind: "path", segments };
}
