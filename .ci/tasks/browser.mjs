// Installs Debian's Chromium where the machine has none: the tests of the status page drive it, and are skipped without.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const problem = BROWSERS.some(existsSync)
  ? undefined
  : (apt("update", "-q") ?? apt("install", "-yq", "--no-install-recommends", "chromium"));
process.stderr.write(problem === undefined ? "there is a browser\n" : `no browser could be installed: ${problem}\n`);
process.exitCode = problem !== undefined && process.env.CI ? 1 : 0;

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status, error, stderr } = spawnSync("apt-get", args, { encoding: "utf8", env });
  return status === 0 ? undefined : (error?.message ?? stderr.trim().split("\n").at(-1));
}
