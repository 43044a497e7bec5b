import { reasonUrl } from "@rolecall/common/reasons/docs-url";
import type { TroubleReason } from "@rolecall/common/reasons/reasons";
import type { EventRecorder, EventSubject } from "./ports/event-recorder.ts";

export interface MissingRightsOptions {
  /** The server's own; undefined where it was not told. */
  readonly pod: Extract<EventSubject, { pod: unknown }>["pod"] | undefined;
  readonly events: EventRecorder;
  /** Where the documents are that Events link to. */
  readonly docsUrl: string;
}

const REASON: TroubleReason = "rights-missing";

/**
 * Says on the server's own pod what it may not do. It is created by a right in the release's namespace alone, which stays
 * where the cluster-wide ones are gone.
 *
 * @returns hears the missing rights in one line
 */
export function tellOfMissingRights({ pod, events, docsUrl }: MissingRightsOptions): (problem: string) => void {
  if (!pod) return () => {};
  const link = reasonUrl(docsUrl, REASON);
  return (problem) => events.record({ pod, reason: "RightsMissing", message: `${REASON}: ${problem}`, link });
}
