/** What was read from text that a person wrote: the value, or a clause for that person ("must be …") on what is wrong. */
export type Parsed<T> =
  | { readonly kind: "valid"; readonly value: T }
  | { readonly kind: "malformed"; readonly detail: string };

export const valid = <T>(value: T): Parsed<T> => ({ kind: "valid", value });
export const malformed = (detail: string): { readonly kind: "malformed"; readonly detail: string } => ({
  kind: "malformed",
  detail,
});

const SHOWN_LENGTH = 120;

/** Text of unknown length and content as a detail shows it. */
export const quoted = (text: string): string =>
  JSON.stringify(text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text);
