import * as z from "zod/mini";
import type { Owner } from "../../domain/interception/handover.ts";

const port = z.number().check(z.int(), z.gte(1), z.lte(65_535));
const owner: z.ZodMiniType<Owner, unknown> = z.object({
  instance: z.string().check(z.minLength(1)),
  startedAtMs: z.number(),
  port,
  containerPort: z.optional(port),
});

/** @returns undefined for what is no owner's file, which a keeper takes for none */
export function parseOwner(text: string): Owner | undefined {
  try {
    return owner.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
