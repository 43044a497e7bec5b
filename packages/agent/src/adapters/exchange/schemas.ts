import * as z from "zod/mini";
import { type AddressReport, UNREADABLE_PROBLEMS } from "../../domain/address/address-report.ts";
import { CNI_PROBLEMS } from "../../domain/address/cni-result.ts";
import type { AgentTarget } from "../../domain/interception/agent-target.ts";
import { RULE_FAILURES } from "../../domain/interception/failures.ts";
import {
  type DriftName,
  FAILED_OPEN_SIGHTS,
  type InterceptionReport,
} from "../../domain/interception/interception-report.ts";
import { DRIFTS } from "../../domain/interception/plan.ts";
import { PROBE_OUTCOMES } from "../../domain/interception/probe-outcome.ts";
import { FAMILIES } from "../../domain/interception/rules.ts";

const count = z.number().check(z.int(), z.nonnegative());
const port = z.number().check(z.int(), z.gte(1), z.lte(65_535));
const text = z.string().check(z.minLength(1));

export const addressReport: z.ZodMiniType<AddressReport, unknown> = z.object({
  keeper: text,
  source: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("followed") }),
    z.object({ kind: z.literal("unwatched"), detail: z.string() }),
    z.object({ kind: z.literal("unavailable"), detail: z.string() }),
  ]),
  results: z.array(
    z.object({
      file: text,
      podUid: text,
      namespace: text,
      name: text,
      containerId: z.string(),
      ips: z.array(text),
      writtenAtMs: z.number(),
    }),
  ),
  skipped: z.partialRecord(z.enum([...CNI_PROBLEMS, ...UNREADABLE_PROBLEMS]), count),
});

const counters = z.object({
  interceptedConnections: count,
  refusedPackets: count,
  refusedDirectPackets: count,
});
const driftName = FAMILIES.flatMap((family) =>
  [...DRIFTS, "alias-missing" as const].map((drift): DriftName => `${family} ${drift}`),
);

export const interceptionReport: z.ZodMiniType<InterceptionReport, unknown> = z.object({
  keeper: text,
  passes: count,
  checkedAtMs: z.number(),
  failure: z.optional(z.object({ reason: z.enum(RULE_FAILURES), sentence: text })),
  leadsTo: z.optional(text),
  standsBy: z.optional(text),
  drifts: z.partialRecord(z.enum(driftName), count),
  lastDriftAtMs: z.optional(z.number()),
  packets: z.partialRecord(z.enum(FAMILIES), counters),
  selfProbe: z.boolean(),
  probe: z.optional(z.object({ outcome: z.enum(PROBE_OUTCOMES), problem: z.optional(z.string()) })),
  probes: z.partialRecord(z.enum(PROBE_OUTCOMES), count),
  failedOpen: z.partialRecord(z.enum(FAILED_OPEN_SIGHTS), count),
  hostInterfaceProblem: z.optional(z.string()),
});

export const agentTarget: z.ZodMiniType<AgentTarget, unknown> = z.object({
  // The keeper passes it on to files that other keepers read.
  instance: z.string().check(z.regex(/^[A-Za-z0-9-]{1,64}$/)),
  startedAtMs: z.number(),
  port,
  containerPort: z.optional(port),
  isLoaded: z.boolean(),
});
