import { readFileSync } from "node:fs";
import { join } from "node:path";

/** How an image starts its process, but for where Node and the bundle are. */
export interface ImageCommand {
  /** V8's and Node's flags. */
  readonly nodeFlags: readonly string[];
  /** The bundle, below `dist/`. */
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Reads it from the Dockerfile, so that what is measured is what runs. */
export const imageCommand = (root: string, image: "agent" | "server"): ImageCommand =>
  parseImageCommand(readFileSync(join(root, "docker", `${image}.Dockerfile`), "utf8"));

/** @throws Error when the Dockerfile does not start Node by an ENTRYPOINT of arguments */
export function parseImageCommand(dockerfile: string): ImageCommand {
  const logical = dockerfile.replace(/^\s*#.*\n/gm, "").replaceAll(/\\\n/g, " ");
  const entrypoint = /^ENTRYPOINT (\[.*\])$/m.exec(logical)?.[1];
  const [node, ...rest] = entrypoint === undefined ? [] : (JSON.parse(entrypoint) as string[]);
  const bundle = rest.pop();
  if (!node?.endsWith("/node") || !bundle?.startsWith("/app/"))
    throw new Error("the Dockerfile's ENTRYPOINT must be [NODE, FLAG..., /app/BUNDLE]");
  const env: Record<string, string> = {};
  for (const [, line = ""] of logical.matchAll(/^ENV (.*)$/gm)) {
    for (const [, name = "", value = ""] of line.matchAll(/(\w+)=(\S+)/g)) env[name] = value;
  }
  delete env["PATH"];
  return { nodeFlags: rest, bundle: bundle.slice("/app/".length), env };
}

/** The keeper is in the agent's image, and the chart gives it its command. */
export function keeperCommand(root: string, { env }: ImageCommand): ImageCommand {
  const template = readFileSync(join(root, "charts/rolecall/templates/agent/_agent.tpl"), "utf8");
  const command = /define "rolecall\.keeperCommand" -\}\}\n([^{]*)\{\{- end/.exec(template)?.[1] ?? "";
  const [, ...nodeFlags] = command.split("\n").flatMap((line) => /^- (.+)$/.exec(line)?.[1] ?? []);
  const bundle = nodeFlags.pop();
  if (!bundle?.startsWith("/app/"))
    throw new Error('the chart has no "rolecall.keeperCommand" that ends in /app/BUNDLE');
  return { nodeFlags, bundle: bundle.slice("/app/".length), env };
}
