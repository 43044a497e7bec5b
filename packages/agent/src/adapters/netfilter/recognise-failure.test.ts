import { expect, test } from "@jest/globals";
import { recogniseFailure } from "./recognise-failure.ts";

/** As iptables 1.8.9 and iproute2 6.1 write them. */
test.each([
  [
    "iptables-nft-save v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)",
    "not-permitted",
  ],
  ["iptables-save v1.8.9 (legacy): Cannot initialize: Permission denied (you must be root)", "not-permitted"],
  [
    "iptables v1.8.9 (legacy): can't initialize iptables table `nat': Permission denied (you must be root)\nPerhaps iptables or your kernel needs to be upgraded.",
    "not-permitted",
  ],
  ["RTNETLINK answers: Operation not permitted", "not-permitted"],
  ["Fatal: can't open lock file /run/xtables.lock: Permission denied", "lock-denied"],
  ["Fatal: can't open lock file /run/xtables.lock: Is a directory", "lock-is-directory"],
  ["Fatal: can't open lock file /run/xtables.lock: No such file or directory", "lock-unavailable"],
  ["Fatal: can't open lock file /run/xtables.lock: Read-only file system", "lock-unavailable"],
  [
    "Can't lock /run/xtables.lock: Resource temporarily unavailable\nAnother app is currently holding the xtables lock. Stopped waiting after 4s.",
    "lock-held",
  ],
  [
    "ip6tables v1.8.9 (legacy): can't initialize ip6tables table `nat': Table does not exist (do you need to insmod?)",
    "unsupported",
  ],
  ["iptables-restore v1.8.9 (legacy): iptables-restore: unable to initialize table 'nat'", "unsupported"],
  ["iptables-nft-restore v1.8.9 (nf_tables): Couldn't load match `conntrack':No such file or directory", "unsupported"],
  [
    "Warning: Extension REJECT revision 0 not supported, missing kernel module?\niptables-nft-restore: line 5 failed: No chain/target/match by that name.",
    "unsupported",
  ],
  [
    "iptables-nft-restore v1.8.9 (nf_tables): \nline 4: CHAIN_ADD failed (No such file or directory): chain PREROUTING",
    "unsupported",
  ],
  ["iptables/1.8.9 Failed to initialize nft: Protocol not supported", "unsupported"],
  ["Error: Unknown device type.\nCommand failed -:1", "unsupported"],
  ["iptables-nft v1.8.9 (nf_tables): table `nat' is incompatible, use 'nft' tool.", "foreign-tables"],
  ["iptables-restore: line 3 failed: Bad rule (does a matching rule exist in that chain?).", "unexplained"],
  ["", "unexplained"],
])("%j is %s", (stderr, reason) => {
  expect(recogniseFailure(stderr)).toBe(reason);
});
