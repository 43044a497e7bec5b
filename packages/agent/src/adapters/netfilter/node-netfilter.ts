import { access } from "node:fs/promises";
import { type Netfilter, type OpenTables, RuleError } from "../../application/ports/rule-tables.ts";
import type { Family } from "../../domain/interception/rules.ts";
import { IptablesTables, programOf } from "./iptables-tables.ts";
import type { RunProgram } from "./run-program.ts";

const BACKENDS = ["nft", "legacy"] as const;

/** How much of a node's own rules a backend holds. */
interface Evidence {
  readonly backend: string;
  readonly kubeChains: number;
  readonly rules: number;
}

/**
 * The node's packet filter. The kernel has two, each blind to the other's rules, and which one the node uses was decided
 * by whoever set up kubelet, kube-proxy and the network plugin; so the one with their chains is taken, else the one with
 * more rules, else what the image calls `iptables`.
 */
export class NodeNetfilter implements Netfilter {
  readonly #run: RunProgram;

  constructor(run: RunProgram) {
    this.#run = run;
  }

  async open(): Promise<OpenTables> {
    const families: readonly Family[] = (await hasIpv6()) ? ["ipv4", "ipv6"] : ["ipv4"];
    const evidence: Evidence[] = [];
    const failures: unknown[] = [];
    for (const backend of BACKENDS) {
      try {
        evidence.push(await this.#look(backend, families));
      } catch (error) {
        failures.push(error);
      }
    }
    const telling = failures.find((error) => !(error instanceof RuleError && error.reason === "program-missing"));
    if (evidence.length === 0 && telling !== undefined) throw telling;

    const chosen = (await this.#choose(evidence)) ?? "default";
    const tablesOf = (backend: string) => families.map((family) => new IptablesTables(family, backend, this.#run));
    return {
      kept: tablesOf(chosen),
      others: evidence.filter(({ backend }) => backend !== chosen).flatMap(({ backend }) => tablesOf(backend)),
    };
  }

  async #look(backend: string, families: readonly Family[]): Promise<Evidence> {
    let kubeChains = 0;
    let rules = 0;
    for (const family of families) {
      await this.#run(`${programOf(family, backend)}-save`, [], {
        onLine(line) {
          if (line.includes("ROLECALL")) return;
          if (line.startsWith(":KUBE-")) kubeChains++;
          if (line.startsWith("-A ")) rules++;
        },
      });
    }
    return { backend, kubeChains, rules };
  }

  async #choose(evidence: readonly Evidence[]): Promise<string | undefined> {
    const most = (count: (one: Evidence) => number) => {
      const [first, second] = evidence.toSorted((one, other) => count(other) - count(one));
      return first && count(first) > (second ? count(second) : 0) ? first.backend : undefined;
    };
    return most(({ kubeChains }) => kubeChains) ?? most(({ rules }) => rules) ?? (await this.#imagesOwn(evidence));
  }

  /** `iptables -V` prints "iptables v1.8.9 (nf_tables)", or "(legacy)". */
  async #imagesOwn(evidence: readonly Evidence[]): Promise<string | undefined> {
    let version = "";
    try {
      await this.#run(programOf("ipv4", "default"), ["-V"], { onLine: (line) => (version += line) });
    } catch (error) {
      if (evidence.length === 0) throw error;
    }
    const named = version.includes("legacy") ? "legacy" : "nft";
    return (evidence.find(({ backend }) => backend === named) ?? evidence[0])?.backend;
  }
}

/** A kernel started with `ipv6.disable=1` has no such file; nothing can be sent to an IPv6 address then. */
const hasIpv6 = (): Promise<boolean> =>
  access("/proc/net/if_inet6").then(
    () => true,
    () => false,
  );
