import type { ReasonSection } from "../../domain/explain/reason-sections.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** One line a reason. */
export function listReasons(sections: readonly ReasonSection[], { print, paint }: Terminal): void {
  const rows = sections.map(({ reason, meaning }) => [reason, meaning]);
  print(table(["REASON", "MEANING"], rows, (text, row) => (row < 0 ? paint("quiet", text) : text)));
}

/** All that is known of each. */
export function showReasons(sections: readonly ReasonSection[], { print, paint }: Terminal): void {
  print(sections.map(({ reason, text }) => `${paint("title", reason)}\n\n${text}`).join("\n\n"));
}
