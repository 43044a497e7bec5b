/** All that is kept of a namespace. */
export interface Namespace {
  readonly name: string;
  /** The permitted-roles annotation as written, unchecked; undefined where absent. */
  readonly permitted: string | undefined;
}

export const PERMITTED_ANNOTATION = "iam.amazonaws.com/permitted";
