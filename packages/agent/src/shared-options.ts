import type { OptionTable } from "@rolecall/common/config/options";
import * as schemas from "@rolecall/common/config/schemas";

/** Settings of agent and keeper, which must be the same for the two of a pod. */
export const SHARED_OPTIONS = {
  exchangeDir: {
    placeholder: "DIR",
    schema: schemas.text,
    default: "/run/rolecall-exchange",
    help: "the directory by which this node's keeper and agent talk; the two of a pod share it, and nobody else",
  },
} as const satisfies OptionTable;
