import { StartupError } from "../errors/startup-error.ts";

/**
 * Runs a process until SIGTERM or SIGINT and sets its exit code: 0 after a clean stop, 1 after a failure, 2 when
 * the configuration is unusable. A second signal ends it at once. When `run` has ended so does the process, whatever is
 * still open: a connection that was never answered would hold it for minutes.
 */
export async function runProcess(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(1);
    stop.abort();
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  try {
    await run(stop.signal);
  } catch (error) {
    const lines =
      error instanceof StartupError ? error.problems : [error instanceof Error ? error.stack : String(error)];
    for (const line of lines) process.stderr.write(`${line}\n`);
    process.exitCode = error instanceof StartupError ? 2 : 1;
  }
  process.exit();
}
