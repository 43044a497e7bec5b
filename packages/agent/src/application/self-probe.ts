import { errorMessage } from "@rolecall/common/errors/error-message";
import { aborted, type Task } from "@rolecall/common/lifecycle/run-together";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { GUARDED_PORT, type ProbeResult, probeResult } from "../domain/interception/probe-outcome.ts";
import type { InterceptionRecorder } from "./ports/interception-recorder.ts";
import type { ProbeLink, ProbeRequests } from "./ports/self-probe.ts";

export interface SelfProbeOptions {
  readonly way: Pick<ProbeLink, "ensure">;
  readonly requests: ProbeRequests;
  readonly recorder: Pick<InterceptionRecorder, "probed" | "failedOpen">;
  readonly logger: Logger;
}

/**
 * Sends what a pod would send and sees where it arrives: the proof that rules work, where a listing only says that they
 * are there.
 */
export class SelfProbe {
  readonly #options: SelfProbeOptions;
  #isWanted = false;
  #wake = () => {};
  #isLinked = false;
  #last: ProbeResult | undefined;

  constructor(options: SelfProbeOptions) {
    this.#options = options;
  }

  readonly run: Task = async (signal) => {
    while (!signal.aborted) {
      if (!this.#isWanted) {
        const wanted = new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        await Promise.race([wanted, aborted(signal)]);
      }
      if (!this.#isWanted || signal.aborted) continue;
      this.#isWanted = false;
      await this.pass();
    }
  };

  /** Has `run` send one soon: what a pass over the rules has just done is to be seen. */
  request(): void {
    this.#isWanted = true;
    this.#wake();
  }

  async pass(): Promise<ProbeResult> {
    const result = await this.#probe();
    this.#tell(result);
    this.#last = result;
    const { recorder } = this.#options;
    if (result.outcome === "passed-by") recorder.failedOpen("path");
    recorder.probed(result);
    return result;
  }

  async #probe(): Promise<ProbeResult> {
    if (!this.#isLinked) {
      const failure = await this.#link();
      if (failure) return failure;
    }
    const result = await this.#send();
    if (result.outcome === "arrives") return result;
    // Before it is believed: a part of its way that somebody took away sends the probe astray, and a moment may be over.
    return (await this.#link()) ?? (await this.#send());
  }

  async #send(): Promise<ProbeResult> {
    const { requests } = this.#options;
    const [metadata, guarded] = await Promise.all([requests.askMetadata(), requests.connect(GUARDED_PORT)]);
    return probeResult({ metadata, guarded });
  }

  async #link(): Promise<ProbeResult | undefined> {
    try {
      await this.#options.way.ensure();
      this.#isLinked = true;
      return undefined;
    } catch (error) {
      this.#isLinked = false;
      return unavailable(errorMessage(error));
    }
  }

  #tell(result: ProbeResult): void {
    const { logger } = this.#options;
    if (result.outcome === this.#last?.outcome) return;
    const { outcome, problem } = result;
    switch (outcome) {
      case "arrives":
        logger.info({ outcome }, "a packet as a pod sends it arrives at the agent");
        break;
      case "passed-by":
        logger.error({ outcome, problem }, "pods may reach the node's own metadata");
        break;
      case "refused":
      case "lost":
        logger.warn({ outcome, problem }, "a packet as a pod sends it does not arrive at the agent");
        break;
      case "unavailable":
        logger.warn({ outcome, problem }, "this node cannot be probed; the listing of its kernel rules has to do");
        break;
    }
  }
}

const unavailable = (why: string): ProbeResult => ({ outcome: "unavailable", problem: why });
