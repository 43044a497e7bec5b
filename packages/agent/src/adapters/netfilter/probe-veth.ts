import { RuleError } from "../../application/ports/rule-tables.ts";
import type { ProbeLink } from "../../application/ports/self-probe.ts";
import { PROBE_LINK, PROBE_LINK_COMMANDS, PROBE_LINK_REMOVAL } from "../../domain/interception/probe-rules.ts";
import { PROBE_SOURCE } from "../../domain/interception/rules.ts";
import { deviceTo } from "./kernel-routes.ts";
import type { RunProgram } from "./run-program.ts";

/** The probe's link by `ip` of iproute2. */
export class ProbeVeth implements ProbeLink {
  readonly #run: RunProgram;

  constructor(run: RunProgram) {
    this.#run = run;
  }

  async ensure(): Promise<void> {
    let failure: unknown;
    try {
      await this.#run("ip", ["-force", "-batch", "-"], { input: `${PROBE_LINK_COMMANDS.join("\n")}\n` });
    } catch (error) {
      // It fails for what is there already, too. Whether all is there is the kernel's to say.
      failure = error;
    }
    const { clientEnd, podEnd, clientAddress, metadataAddress } = PROBE_LINK;
    const leaves = await deviceTo(this.#run, [metadataAddress, "from", clientAddress]);
    const returns = await deviceTo(this.#run, [PROBE_SOURCE]);
    if (leaves === clientEnd && returns === podEnd) return;
    throw failure instanceof RuleError
      ? failure
      : new RuleError("not-kept", "the routes of the self-probe do not lead through its link");
  }

  async remove(): Promise<void> {
    for (const args of PROBE_LINK_REMOVAL) await this.#run("ip", args).catch(toleratingAbsence);
  }
}

/** iproute2 6.1: "RTNETLINK answers: No such file or directory", "Cannot find device". */
function toleratingAbsence(error: unknown): void {
  if (!(error instanceof RuleError) || !/no such|cannot find/i.test(error.message)) throw error;
}
