import type { ClusterNode } from "../../cluster/cluster-node.ts";
import { eventually } from "../../support/eventually.ts";

/** What may have become of a node's kernel rules. */
export interface RuleState {
  readonly name: string;
  /** Commands that bring it about, in a shell; NODE stands for the node's address. */
  readonly commands: readonly string[];
  /** Prints `yes` for as long as it lasts: the keeper puts it right within ten seconds. */
  readonly lasts: string;
  /** It is looked at again right after all is whole again. */
  readonly isPutBack?: true;
}

const METADATA = "169.254.169.254";
const first = (table: string, chain: string) => `iptables -t ${table} -S ${chain} 1`;
const says = (command: string, words: string) => `${command} | grep -q -- '${words}' && echo yes`;
const saysNot = (command: string, words: string) => `${command} | grep -q -- '${words}' || echo yes`;

export const WHOLE: RuleState = {
  name: "whole",
  commands: [],
  lasts: `${first("nat", "PREROUTING")} | grep -q ROLECALL && ${says(first("filter", "FORWARD"), "ROLECALL-GUARD")}`,
};

export const RULE_STATES: readonly RuleState[] = [
  WHOLE,
  {
    name: "DNAT flushed",
    commands: ["iptables -t nat -F"],
    lasts: saysNot("iptables -t nat -S", "-j DNAT --to-destination 169.254.253.1"),
  },
  {
    name: "guard flushed, and put back",
    commands: ["iptables -F FORWARD", "iptables -F ROLECALL-GUARD"],
    lasts: saysNot("iptables -S FORWARD", "ROLECALL-GUARD"),
    isPutBack: true,
  },
  {
    name: "foreign DNAT first",
    // As kiam and kube2iam leave it behind: to the node's address, where nobody listens any more.
    commands: [`iptables -t nat -I PREROUTING 1 -d ${METADATA} -p tcp --dport 80 -j DNAT --to-destination NODE:8282`],
    lasts: says(first("nat", "PREROUTING"), "8282"),
  },
];

/** Root flushes both: what nothing on the node can prevent. */
export const BOTH_FLUSHED: RuleState = {
  name: "DNAT and guard both flushed by root",
  commands: ["iptables -t nat -F", "iptables -F FORWARD", "iptables -F ROLECALL-GUARD"],
  lasts: saysNot("iptables -S FORWARD", "ROLECALL-GUARD"),
};

/** A node's packet filter under root's hand. */
export class NodeRules {
  readonly #node: ClusterNode;
  readonly #whole: string;

  private constructor(node: ClusterNode, whole: string) {
    this.#node = node;
    this.#whole = whole;
  }

  /** Waits until the keeper's rules stand, and remembers them. */
  static async whenWhole(node: ClusterNode): Promise<NodeRules> {
    await eventually({ what: `the rules of ${node.name}` }, async () => (await sh(node, WHOLE.lasts)) === "yes");
    return new NodeRules(node, await node.exec(["iptables-save"]));
  }

  async bringAbout({ commands }: RuleState): Promise<void> {
    await this.restore();
    if (commands.length > 0) await sh(this.#node, commands.join("; ").replaceAll("NODE", this.#node.ip));
  }

  async lasts({ lasts }: RuleState): Promise<boolean> {
    return (await sh(this.#node, lasts)) === "yes";
  }

  /** As they were when they were whole, at once. */
  async restore(): Promise<void> {
    await this.#node.exec(["iptables-restore"], { input: this.#whole });
  }
}

const sh = async (node: ClusterNode, script: string): Promise<string> =>
  (await node.tryExec(["sh", "-c", script])).stdout.trim();
