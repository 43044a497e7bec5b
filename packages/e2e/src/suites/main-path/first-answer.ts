import type { Pod } from "../../cluster/pods.ts";

/** What tools/first-request was told as its container's first act. */
export interface FirstAnswer {
  readonly ok: boolean;
  readonly role?: string;
  readonly totalMs: number;
}

export const firstAnswer = ({ status: { containerStatuses } }: Pod): FirstAnswer =>
  JSON.parse(containerStatuses?.[0]?.state.terminated?.message ?? '{"ok":false,"totalMs":0}');
