import { errorMessage } from "@rolecall/common/errors/error-message";
import { StartupError } from "@rolecall/common/errors/startup-error";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { RULE_FAILURE_CURE } from "../domain/interception/failures.ts";
import { guardChains } from "../domain/interception/rules.ts";
import { type Netfilter, RuleError } from "./ports/rule-tables.ts";
import { putInPlace } from "./put-in-place.ts";

/**
 * Sets the guard and nothing else: what the init container does, so that from then on no pod of the node is handed the
 * node's role, whatever becomes of the agent.
 *
 * @throws StartupError with the failure and its cure
 */
export async function installGuard(netfilter: Netfilter, logger: Logger): Promise<void> {
  try {
    const { kept } = await netfilter.open();
    for (const tables of kept) {
      const { family, backend } = tables;
      let drifts: readonly object[] = [];
      try {
        await putInPlace(tables, await tables.read(), guardChains(family), (found) => {
          drifts = found;
          return true;
        });
        logger.info({ family, backend, drifts }, "metadata requests that are not intercepted are refused");
      } catch (error) {
        if (family !== "ipv6" || !isUnsupported(error)) throw error;
        logger.warn({ backend, err: error }, "the kernel has no packet filter for IPv6; IPv6 metadata is not guarded");
      }
    }
  } catch (error) {
    const cure = error instanceof RuleError ? `: ${RULE_FAILURE_CURE[error.reason]}` : "";
    throw new StartupError([`cannot set the guard${cure} (${errorMessage(error)})`], { cause: error });
  }
}

const isUnsupported = (error: unknown): boolean => error instanceof RuleError && error.reason === "unsupported";
