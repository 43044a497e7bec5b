import { PROBE_CHAINS } from "../domain/interception/probe-rules.ts";
import { type Netfilter, RuleError } from "./ports/rule-tables.ts";
import type { ProbeLink } from "./ports/self-probe.ts";
import { putInPlace } from "./put-in-place.ts";

/** The probe's link together with the kernel rules that give its packets their foreign source. */
export function probeWay(netfilter: Netfilter, link: ProbeLink): Pick<ProbeLink, "ensure"> {
  return {
    async ensure() {
      const { kept } = await netfilter.open();
      const tables = kept.find(({ family }) => family === "ipv4");
      if (!tables) throw new RuleError("unsupported", "no packet filter for IPv4");
      await putInPlace(tables, await tables.read(), PROBE_CHAINS, () => true);
      await link.ensure();
    },
  };
}
