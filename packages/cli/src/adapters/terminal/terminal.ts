import { styleText } from "node:util";

export type Style = "good" | "bad" | "unsure" | "quiet" | "title";

/** What a command writes to. */
export interface Terminal {
  /** The answer, to standard output. */
  print(text: string): void;
  /** What went wrong, or has to be known besides, to standard error. */
  note(text: string): void;
  /** What is being done, to standard error where that is a terminal: scripts need not hear it. */
  progress(step: string): void;
  /** Colours where the answer goes to a terminal, and the text itself elsewhere. */
  paint(style: Style, text: string): string;
}

const STYLES = {
  good: "green",
  bad: ["red", "bold"],
  unsure: "yellow",
  quiet: "dim",
  title: "bold",
} as const satisfies Record<Style, Parameters<typeof styleText>[0]>;

/** styleText heeds NO_COLOR, FORCE_COLOR and whether the stream is a terminal. */
export const realTerminal = (): Terminal => ({
  print: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  progress: (step) => void (process.stderr.isTTY && process.stderr.write(`${step}…\n`)),
  paint: (style, text) => styleText(STYLES[style], text, { stream: process.stdout }),
});
