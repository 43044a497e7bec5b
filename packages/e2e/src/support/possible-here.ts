import { run } from "../cluster/run.ts";

/** Why a cluster cannot be raised on this machine, or undefined where it can. */
export async function whyNotPossibleHere(): Promise<string | undefined> {
  if (process.platform !== "linux") return `a cluster needs Linux, and this is ${process.platform}`;
  if (process.getuid?.() !== 0) return "a cluster needs root, for network namespaces and containerd";
  try {
    await run("unshare", ["--net", "--mount", "--uts", "--pid", "--fork", "--mount-proc", "true"]);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return `this machine allows no namespaces: ${message.replaceAll("\n", ": ")}`;
  }
}

/**
 * Prints one line when the tests cannot run on this machine.
 *
 * @returns the exit code to leave with (0, but 1 in CI, where a skip would look like a pass), or undefined to go on
 */
export async function skipUnlessPossibleHere(
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Promise<0 | 1 | undefined> {
  const why = await whyNotPossibleHere();
  if (why === undefined) return undefined;
  const inCi = Boolean(process.env["CI"]);
  write(`${inCi ? "cannot run" : "skipped"}: ${why}\n`);
  return inCi ? 1 : 0;
}
