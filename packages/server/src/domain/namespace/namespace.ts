/** All that is kept of a namespace. */
export interface Namespace {
  readonly name: string;
  /** The permitted-roles annotation as written, unchecked; undefined where absent. */
  readonly permitted: string | undefined;
  /** kube2iam's annotation of allowed roles as written, unchecked; undefined where absent. */
  readonly allowedRoles?: string | undefined;
  /** Whether its pods' metadata requests need a session token; undefined where it does not say. */
  readonly imdsTokens?: "required" | "optional" | undefined;
}

export const PERMITTED_ANNOTATION = "iam.amazonaws.com/permitted";
export const ALLOWED_ROLES_ANNOTATION = "iam.amazonaws.com/allowed-roles";
export const IMDS_TOKENS_ANNOTATION = "iam.amazonaws.com/imds-tokens";

/** Anything but `optional` is the stricter of the two, so that a slip of the pen opens nothing. */
export const parseImdsTokens = (annotation: string | undefined): Namespace["imdsTokens"] =>
  annotation === undefined ? undefined : annotation === "optional" ? "optional" : "required";
