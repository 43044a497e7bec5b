import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorMessage } from "@rolecall/common/errors/error-message";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { createAuthority } from "./authority.ts";

export interface WriteCertsOptions {
  readonly out: string;
  readonly serverNames: readonly string[];
  /** Replaces what is there. */
  readonly force: boolean;
}

export interface WrittenFile {
  readonly path: string;
  readonly what: string;
}

/**
 * Writes an authority and a certificate each for server and agent, private keys readable by their owner alone.
 *
 * @throws StartupError when a file is there already, or the directory cannot be written
 */
export async function writeCerts({ out, serverNames, force }: WriteCertsOptions): Promise<readonly WrittenFile[]> {
  const authority = await createAuthority();
  const server = await authority.issue({ role: "server", names: serverNames });
  const agent = await authority.issue({ role: "agent" });
  const names = ["localhost", "127.0.0.1", ...serverNames].join(", ");
  const files = [
    { name: "ca.crt", what: "the authority both sides trust", mode: 0o644, content: authority.certificatePem },
    { name: "ca.key", what: "the authority's key", mode: 0o600, content: authority.keyPem },
    { name: "server.crt", what: `the server's certificate, for ${names}`, mode: 0o644, content: server.certificatePem },
    { name: "server.key", what: "the server's key", mode: 0o600, content: server.keyPem },
    { name: "agent.crt", what: "the agents' certificate", mode: 0o644, content: agent.certificatePem },
    { name: "agent.key", what: "the agents' key", mode: 0o600, content: agent.keyPem },
  ].map((file) => ({ ...file, path: join(out, file.name) }));

  const present = files.filter(({ path }) => existsSync(path));
  if (present.length > 0 && !force) {
    throw new StartupError([
      ...present.map(({ path }) => `${path}: is there already`),
      "Pass --force to replace it, or --out for another directory.",
    ]);
  }
  try {
    mkdirSync(out, { recursive: true });
    for (const { path, mode, content } of files) {
      rmSync(path, { force: true });
      writeFileSync(path, content, { mode, flag: "wx" });
      // The umask takes from the mode that a file is created with.
      chmodSync(path, mode);
    }
  } catch (error) {
    throw new StartupError([`--out ${out}: ${errorMessage(error)}`], { cause: error });
  }
  return files.map(({ path, what }) => ({ path, what }));
}
