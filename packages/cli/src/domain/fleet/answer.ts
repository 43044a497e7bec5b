/** What one server said, or why it said nothing. */
export type Answer<T> =
  | { readonly kind: "answered"; readonly server: string; readonly report: T }
  | { readonly kind: "unreachable"; readonly server: string; readonly why: string };
