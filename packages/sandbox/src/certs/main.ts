import { join } from "node:path";
import { parseArgs } from "node:util";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { runProcess } from "@rolecall/common/lifecycle/run-process";
import { writeCerts } from "./write-certs.ts";

const HELP = `Writes certificates for development: an authority, and one certificate each for server and agent.

usage: npm run certs -- [FLAG...]

  --out DIR
      where to write (default certs)
  --server-name NAME
      a DNS name under which agents reach the server, besides localhost and 127.0.0.1; may be given more than once
  --force
      replace what is there
  --help
      print this text
`;

// Not `parseOptions`: it gives every setting an environment twin, which a one-off tool must not have, and no repeated flag.
function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        out: { type: "string", default: "certs" },
        "server-name": { type: "string", multiple: true, default: [] },
        force: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    // The message names the flag; the code in front of it that errorMessage adds would tell a person nothing.
    throw new StartupError([(error as Error).message, "See --help for every flag."], { cause: error });
  }
}

function checkServerNames(names: readonly string[]): void {
  const bad = names.filter((name) => !/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(name));
  if (bad.length > 0) throw new StartupError(bad.map((name) => `--server-name ${name}: must be a DNS name`));
}

await runProcess(async () => {
  const flags = readFlags(process.argv.slice(2));
  if (flags.help) {
    process.stdout.write(HELP);
    return;
  }
  checkServerNames(flags["server-name"]);
  const { out, force } = flags;
  const written = await writeCerts({ out, force, serverNames: flags["server-name"] });
  const use = (side: string) =>
    `--tls-cert ${join(out, `${side}.crt`)} --tls-key ${join(out, `${side}.key`)} --tls-ca ${join(out, "ca.crt")}`;
  process.stdout.write(written.map(({ path, what }) => `wrote ${path}: ${what}\n`).join(""));
  process.stdout.write(`\nserver: ${use("server")}\nagent:  ${use("agent")}\n`);
});
