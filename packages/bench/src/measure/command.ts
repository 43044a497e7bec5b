import { writeFileSync } from "node:fs";
import { helpText, type OptionTable, parseOptions } from "@rolecall/common/config/options";
import * as schemas from "@rolecall/common/config/schemas";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { VERSION } from "@rolecall/common/version";
import type { Command } from "../command.ts";
import { measureFeed } from "./feed.ts";
import { machineFacts } from "./machine-facts.ts";
import { measureMemory } from "./memory.ts";
import { measureMetadata } from "./metadata.ts";
import { performancePage } from "./performance-page.ts";
import { measureRefresh } from "./refresh.ts";
import type { Results } from "./results.ts";
import { measureServer } from "./server.ts";
import { targets } from "./targets.ts";
import { measureTelemetry } from "./telemetry.ts";
import { openWorkbench, type Workbench } from "./workbench.ts";

/** Each fills the member of the results that has its name. */
const MEASUREMENTS = {
  metadata: measureMetadata,
  telemetry: measureTelemetry,
  memory: measureMemory,
  feed: measureFeed,
  server: measureServer,
  refresh: measureRefresh,
} as const satisfies Partial<Record<keyof Results, (bench: Workbench) => Promise<unknown>>>;

const NAMES = Object.keys(MEASUREMENTS) as (keyof typeof MEASUREMENTS)[];

const OPTIONS = {
  json: { placeholder: "FILE", schema: schemas.text, help: "where to write the results as JSON" },
  markdown: {
    placeholder: "FILE",
    schema: schemas.text,
    help: "where to write them as a page, such as docs/performance.md",
  },
  only: {
    placeholder: "NAME,...",
    schema: schemas.list,
    default: NAMES.join(","),
    help: "what to measure",
  },
  quick: { schema: schemas.boolean, default: "false", help: "a run of a minute, whose figures say less" },
} as const satisfies OptionTable;

const print = (text: string) => void process.stdout.write(`${text}\n`);

export const measure: Command = {
  purpose: "measures this build beside its limits, on this machine",
  async run(argv, signal) {
    const parsed = parseOptions(OPTIONS, argv, {});
    if (parsed.kind === "help") return print(helpText("npm run bench -- measure", `It ${measure.purpose}.`, OPTIONS));
    if (parsed.kind === "version") return print(VERSION);
    const { json, markdown, only, quick } = parsed.values;
    const unknown = only.filter((name) => !(NAMES as readonly string[]).includes(name));
    if (unknown.length > 0) throw new StartupError([`--only ${unknown}: there are ${NAMES.join(", ")}`]);
    if (process.platform !== "linux")
      throw new StartupError(["memory and processor time are read from /proc: run it on Linux"]);

    const results = await runAll(
      NAMES.filter((name) => only.includes(name)),
      quick,
      signal,
    );
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, undefined, 2)}\n`);
    if (markdown !== undefined) writeFileSync(markdown, performancePage(results));
    for (const { what, wanted, measured, met } of targets(results))
      print(`${met ? "✓" : "✗"} ${what}: ${measured} (${wanted})`);
  },
};

async function runAll(
  names: readonly (keyof typeof MEASUREMENTS)[],
  quick: boolean,
  signal: AbortSignal,
): Promise<Results> {
  const beganMs = Date.now();
  const seconds = () => Math.round((Date.now() - beganMs) / 1_000);
  const say = (line: string) => void process.stderr.write(`${String(seconds()).padStart(4)} s  ${line}\n`);
  const bench = await openWorkbench({ quick, say });
  const found: Record<string, unknown> = {};
  for (const name of names) {
    // A part that is under way ends with this process; its children end with it too.
    if (signal.aborted) throw new StartupError(["interrupted"]);
    found[name] = await MEASUREMENTS[name](bench);
  }
  return { machine: machineFacts(beganMs), quick, tookSeconds: seconds(), ...found };
}
