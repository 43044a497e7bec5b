/** Why the kernel rules could not be read or written. */
export const RULE_FAILURES = [
  "not-permitted",
  "program-missing",
  "lock-held",
  "lock-unavailable",
  "lock-is-directory",
  "lock-denied",
  "unsupported",
  "foreign-tables",
  "timed-out",
  "not-kept",
  "unexplained",
] as const;
export type RuleFailure = (typeof RULE_FAILURES)[number];

/** What each failure means and what to change. */
export const RULE_FAILURE_CURE: Readonly<Record<RuleFailure, string>> = {
  "not-permitted":
    "the kernel refuses: the container needs to run as root with the capability NET_ADMIN on the host's network, and on a node with SELinux a label that may administer it (chart value agent.seLinuxOptions; Bottlerocket: type super_t, others: spc_t)",
  "program-missing": "the image lacks the program: use the Rolecall image, which has iptables and iproute2",
  "lock-held": "another program holds the xtables lock for long: see which one rewrites the node's iptables rules",
  "lock-unavailable":
    "the xtables lock cannot be opened: mount the node's /run/xtables.lock (FileOrCreate) into the container, writable",
  "lock-is-directory":
    "the xtables lock is a directory on the node, which the kubelet makes of a hostPath without a type, and no program can change iptables there: delete the node's /run/xtables.lock and mount it as FileOrCreate",
  "lock-denied":
    "the xtables lock cannot be opened for want of a right: the container needs to run as root, and on a node with SELinux a label that may write below /run (Bottlerocket: type super_t; others: spc_t; see the node's audit log)",
  unsupported:
    "the kernel lacks what a rule needs: load nf_nat, xt_conntrack, xt_REJECT and xt_nat (or their ip6 twins) on the node",
  "foreign-tables":
    "the node's tables hold rules that iptables cannot read: they were made with nft under iptables' own table names, and must move to a table of their own",
  "timed-out": "the program did not end in time: the node is starved of CPU, or has very many rules",
  "not-kept": "the rules were written and are not there: another program removes or reorders them",
  unexplained: "iptables or ip failed for a reason not known here",
};
