// Installs the AWS clients that come from PyPI into .ci/toolchain/python, unless exactly these are there already. The tests
// of real clients use them, and skip what is missing.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const toolchain = fileURLToPath(new URL("../toolchain", import.meta.url));
const environment = join(toolchain, "python");
const requirements = join(toolchain, "requirements.txt");
const stamp = join(environment, ".installed");
const pip = join(environment, "bin", "pip");

const wanted = createHash("sha256").update(readFileSync(requirements)).digest("hex");
if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) {
  say("the AWS clients from PyPI are installed");
} else {
  rmSync(environment, { recursive: true, force: true });
  run("python3", ["-m", "venv", environment]);
  run(pip, ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement", requirements]);
  run(pip, ["check", "--quiet", "--disable-pip-version-check"]);
  writeFileSync(stamp, wanted);
  say("installed the AWS clients from PyPI");
}

function run(command, args) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ""}${stderr ?? ""}`);
  rmSync(environment, { recursive: true, force: true });
  const problem = error?.message ?? `${command} exited with ${status}`;
  // Elsewhere the tests say what they skip for it.
  say(`${process.env.CI ? "could not install" : "skipped"} the AWS clients from PyPI: ${problem}`);
  process.exit(process.env.CI ? 1 : 0);
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
