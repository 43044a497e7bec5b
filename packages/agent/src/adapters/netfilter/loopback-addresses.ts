import { readFile } from "node:fs/promises";
import { type AliasAddresses, RuleError } from "../../application/ports/rule-tables.ts";
import type { RunProgram } from "./run-program.ts";

/** Addresses of `lo`, by `ip` of iproute2. */
export class LoopbackAddresses implements AliasAddresses {
  readonly #run: RunProgram;

  constructor(run: RunProgram) {
    this.#run = run;
  }

  async ensure(address: string): Promise<boolean> {
    if (await this.#has(address)) return false;
    // Of host scope, so that the kernel never takes it for the source of a packet that leaves the node.
    const options = address.includes(":") ? ["nodad"] : ["scope", "host"];
    try {
      await this.#run("ip", ["address", "replace", withBits(address), "dev", "lo", ...options]);
    } catch (error) {
      if (address.includes(":") && (await isIpv6Disabled()))
        throw new RuleError("unsupported", "IPv6 is disabled on lo (net.ipv6.conf.lo.disable_ipv6)", { cause: error });
      throw error;
    }
    return true;
  }

  async remove(address: string): Promise<void> {
    if (await this.#has(address)) await this.#run("ip", ["address", "delete", withBits(address), "dev", "lo"]);
  }

  async #has(address: string): Promise<boolean> {
    let output = "";
    await this.#run("ip", ["-json", "address", "show", "dev", "lo"], { onLine: (line) => (output += line) });
    const links = JSON.parse(output || "[]") as readonly {
      readonly addr_info?: readonly { readonly local?: string }[];
    }[];
    return links.some((link) => link.addr_info?.some(({ local }) => local === address));
  }
}

const isIpv6Disabled = (): Promise<boolean> =>
  readFile("/proc/sys/net/ipv6/conf/lo/disable_ipv6", "utf8").then(
    (text) => text.trim() === "1",
    () => true,
  );

const withBits = (address: string): string => `${address}/${address.includes(":") ? 128 : 32}`;
