import { StartupError } from "@rolecall/common/errors/startup-error";
import { troubleshootingPage } from "../adapters/documents/troubleshooting-page.ts";
import { listReasons, showReasons } from "../adapters/terminal/show-reasons.ts";
import { findSections } from "../domain/explain/find-sections.ts";
import { reasonSections } from "../domain/explain/reason-sections.ts";
import { outputOption } from "./cluster-options.ts";
import { command, EXIT } from "./command.ts";

export const explainCommand = command({
  name: "explain",
  operands: ["[REASON]"],
  purpose: "Explains a reason: what it means, what to change, and where else it is seen.",
  details: `REASON is a word by which Events, logs, metrics and verify pod say why a pod has no role, such as role-not-permitted, or
the name of an Event, such as RoleForbidden. Why an agent's connection or call was refused is in docs/troubleshooting.md and
docs/wire-contract.md. Without one it lists them all. It asks no cluster: the text is that of
docs/troubleshooting.md.

Exit code: 0, or 2 where there is no such reason.`,
  options: { output: outputOption(["text", "json"]) },
  async run({ output }, [asked], { terminal }) {
    const all = reasonSections(troubleshootingPage());
    const found = asked === undefined ? { kind: "found" as const, sections: all } : findSections(all, asked);
    if (found.kind === "unknown") {
      const near = found.near.length > 0 ? `; is it one of ${found.near.join(", ")}?` : "";
      throw new StartupError([`${asked}: no such reason${near}`, "rolecall explain lists them all."]);
    }
    if (output === "json") terminal.print(JSON.stringify({ reasons: found.sections }, null, 2));
    else if (asked === undefined) listReasons(found.sections, terminal);
    else showReasons(found.sections, terminal);
    return EXIT.good;
  },
});
