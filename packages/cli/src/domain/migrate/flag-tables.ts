import { KIAM_AGENT_FLAGS, KIAM_SERVER_FLAGS } from "./kiam-flags.ts";
import { KUBE2IAM_FLAGS } from "./kube2iam-flags.ts";
import type { LegacyFlag, LegacyProcess } from "./legacy-flag.ts";

export const FLAG_TABLES: Readonly<Record<LegacyProcess, readonly LegacyFlag[]>> = {
  "kiam agent": KIAM_AGENT_FLAGS,
  "kiam server": KIAM_SERVER_FLAGS,
  kube2iam: KUBE2IAM_FLAGS,
};
