import type { Netfilter, OpenTables } from "./ports/rule-tables.ts";

/** Looks for the node's packet filter once for all who need it: that reads every rule there is, several times. */
export function openedOnce(netfilter: Netfilter): Netfilter {
  let opened: Promise<OpenTables> | undefined;
  return {
    open() {
      opened ??= netfilter.open().catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      return opened;
    },
  };
}
