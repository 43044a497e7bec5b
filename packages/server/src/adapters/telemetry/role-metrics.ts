import { Gauge, type Registry } from "prom-client";
import type { Assumption } from "../../domain/credentials/assumption.ts";
import type { AssumptionState } from "../../domain/credentials/assumption-state.ts";

type Known = { readonly assumption: Assumption; readonly state: AssumptionState };

/** Assumptions by role: a series for each role in use, so only where an operator asks for it. */
export function observeRoles(registry: Registry, assumptions: () => Iterable<Known>): void {
  new Gauge({
    name: "rolecall_server_role_assumptions",
    help: "Assumptions by role ARN and state; only with --metrics-role-arn",
    labelNames: ["role_arn", "state"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { assumption, state } of assumptions()) this.inc({ role_arn: assumption.roleArn, state: state.kind });
    },
  });
}
