import type { RuleFailure } from "../../domain/interception/failures.ts";

/** In this order: iptables says "Table does not exist" beside "Permission denied" when it may not even look. */
const SAID: readonly (readonly [RegExp, RuleFailure])[] = [
  [/can't open lock file .*is a directory/i, "lock-is-directory"],
  [/can't open lock file .*(?:permission denied|operation not permitted)/i, "lock-denied"],
  [/can't open lock file/i, "lock-unavailable"],
  [/holding the xtables lock/i, "lock-held"],
  [/permission denied|operation not permitted|you must be root/i, "not-permitted"],
  [/is incompatible, use 'nft' tool/i, "foreign-tables"],
  [
    /table does not exist|(?:can't|unable to) initiali[sz]e|couldn't load (?:match|target)|not supported|unknown device type|missing kernel module|(?:_ADD|_APPEND|_INSERT) failed \(No such file or directory\)|No chain\/target\/match by that name/i,
    "unsupported",
  ],
];

/** Why `iptables` or `ip` failed, by what it wrote to its standard error. */
export const recogniseFailure = (stderr: string): RuleFailure =>
  SAID.find(([words]) => words.test(stderr))?.[1] ?? "unexplained";
