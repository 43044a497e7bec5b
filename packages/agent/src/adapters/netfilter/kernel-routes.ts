import type { PodRoutes } from "../../application/ports/pod-routes.ts";
import type { RunProgram } from "./run-program.ts";

/**
 * The interface that the kernel would send a packet by.
 *
 * @param args of `ip route get`
 * @returns undefined where there is no route
 */
export async function deviceTo(run: RunProgram, args: readonly string[]): Promise<string | undefined> {
  let output = "";
  try {
    await run("ip", ["-json", "route", "get", ...args], { onLine: (line) => (output += line) });
  } catch {
    return undefined;
  }
  const [route] = JSON.parse(output || "[]") as readonly { readonly dev?: string }[];
  return route?.dev;
}

/** Routes by `ip` of iproute2, which needs no right to ask. */
export const kernelRoutes = (run: RunProgram): PodRoutes => ({ interfaceTo: (address) => deviceTo(run, [address]) });
