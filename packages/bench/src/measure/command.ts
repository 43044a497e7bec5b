import { writeFileSync } from "node:fs";
import { helpText, type OptionTable, parseOptions } from "@rolecall/common/config/options";
import * as schemas from "@rolecall/common/config/schemas";
import { VERSION } from "@rolecall/common/version";
import type { Command } from "../command.ts";
import { machineFacts } from "./machine-facts.ts";

const OPTIONS = {
  json: { placeholder: "FILE", schema: schemas.text, help: "where to write the results as JSON" },
} as const satisfies OptionTable;

const print = (text: string) => void process.stdout.write(`${text}\n`);

export const measure: Command = {
  purpose: "measures this build beside its limits, on this machine",
  async run(argv) {
    const parsed = parseOptions(OPTIONS, argv, {});
    if (parsed.kind === "help") return print(helpText("npm run bench -- measure", `It ${measure.purpose}.`, OPTIONS));
    if (parsed.kind === "version") return print(VERSION);
    const text = JSON.stringify({ machine: machineFacts(Date.now()) }, undefined, 2);
    if (parsed.values.json === undefined) print(text);
    else writeFileSync(parsed.values.json, `${text}\n`);
  },
};
