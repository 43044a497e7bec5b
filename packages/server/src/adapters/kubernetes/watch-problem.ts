import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { refusalStatus } from "./kubernetes-error.ts";

/** Logs what keeps a watch from working once when it begins or changes, not at each retry, and once when it is over. */
export class WatchProblem {
  readonly #resource: string;
  readonly #log: Logger;
  #current: string | undefined;

  constructor(resource: string, log: Logger) {
    this.#resource = resource;
    this.#log = log;
  }

  met(verb: "list" | "watch", error: unknown): void {
    const problem = `${verb}: ${errorMessage(error)}`;
    if (problem === this.#current) return;
    this.#current = problem;
    const status = refusalStatus(error);
    const fields = { resource: this.#resource, verb, status, err: error };
    if (status === 401 || status === 403) {
      this.#log.error(
        fields,
        "the API server denies this process what it needs: check its ClusterRole (chart value rbac.create)",
      );
    } else {
      this.#log.warn(fields, "cannot follow the API server; retrying");
    }
  }

  solved(): void {
    if (this.#current === undefined) return;
    this.#current = undefined;
    this.#log.info({ resource: this.#resource }, "following the API server again");
  }
}
