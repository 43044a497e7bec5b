import { helpText, type OptionTable, parseOptions } from "@rolecall/common/config/options";
import * as schemas from "@rolecall/common/config/schemas";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { VERSION } from "@rolecall/common/version";
import type { Command } from "../command.ts";
import { runChaos } from "./run-chaos.ts";

const OPTIONS = {
  seed: {
    placeholder: "NUMBER",
    schema: schemas.integer(0, 2 ** 32 - 1),
    default: "1",
    help: "decides what goes wrong and when; the same seed gives the same",
  },
  minutes: {
    placeholder: "NUMBER",
    schema: schemas.integer(1, 10_080),
    default: "30",
    help: "how long trouble goes on, in the sandbox's time, which runs some sixty times as fast",
  },
  verbose: { schema: schemas.boolean, default: "false", help: "say each trouble as it comes" },
} as const satisfies OptionTable;

const print = (text: string) => void process.stdout.write(`${text}\n`);

export const chaos: Command = {
  purpose: "runs servers and agents through all that can go wrong, and holds every answer against what STS issued",
  async run(argv, signal) {
    const parsed = parseOptions(OPTIONS, argv, {});
    if (parsed.kind === "help") return print(helpText("npm run bench -- chaos", `It ${chaos.purpose}.`, OPTIONS));
    if (parsed.kind === "version") return print(VERSION);
    const { seed, minutes, verbose } = parsed.values;
    const say = (line: string) => (verbose || line.startsWith("VIOLATION")) && print(line);
    const report = await runChaos({ seed, minutes, say, signal });
    print(JSON.stringify({ seed, minutes, ...report }, undefined, 2));
    const problems = [
      ...report.violations.map(({ violation, detail }) => `${violation}: ${detail}`),
      ...report.unhealed.map((pod) => `${pod} had nothing even after ten minutes without trouble`),
    ];
    if (problems.length > 0) throw new StartupError([...problems, `seed ${seed}, ${minutes} minutes`]);
  },
};
