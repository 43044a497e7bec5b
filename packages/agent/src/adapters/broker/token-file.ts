import { readFile } from "node:fs/promises";
import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Logger } from "@rolecall/common/telemetry/logger";

/**
 * Reads a projected ServiceAccount token anew each time: kubelet replaces the file when 80 % of the token's life is over.
 *
 * @returns undefined where the file cannot be read, which is said once until it can
 */
export function tokenFile(path: string, log: Logger): () => Promise<string | undefined> {
  let said = false;
  return async () => {
    try {
      const token = (await readFile(path, "utf8")).trim();
      said = false;
      return token;
    } catch (error) {
      if (!said)
        log.warn({ problem: errorMessage(error) }, "this agent has no token to prove its node; see --token-file");
      said = true;
      return undefined;
    }
  };
}
