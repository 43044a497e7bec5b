import { rmSync, writeFileSync } from "node:fs";
import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Marker } from "../../application/ports/exchange.ts";

/** An empty file, or none. */
export class FileMarker implements Marker {
  readonly #path: string;
  readonly #log: Logger;
  #isThere: boolean | undefined;

  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  set(isThere: boolean): void {
    if (this.#isThere === isThere) return;
    try {
      // Made anew, so that a link in its place is not written through.
      rmSync(this.#path, { force: true });
      if (isThere) writeFileSync(this.#path, "", { flag: "wx" });
      this.#isThere = isThere;
    } catch (error) {
      this.#log.error(
        { file: this.#path, problem: errorMessage(error) },
        "a marker for kubelet's probes cannot be changed",
      );
    }
  }
}
