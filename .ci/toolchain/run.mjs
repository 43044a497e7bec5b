#!/usr/bin/env node
// Runs a command with this repository's pinned Node and pnpm, installing them and the workspace's dependencies first
// where they are missing or out of date. Plain JavaScript without dependencies: it must start on Node 20.
//
// usage: node .ci/toolchain/run.mjs COMMAND [ARGUMENT...]
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MAJOR = 24;
const toolchain = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(toolchain));
const bin = join(toolchain, "node_modules", ".bin");
const env = { ...process.env, PATH: [bin, join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter) };

/** Installs unless `stamp` says that exactly these inputs were installed already. */
function installOnce(what, stamp, inputs, command, args, cwd) {
  const hash = createHash("sha256");
  for (const file of inputs) hash.update(readFileSync(file));
  const wanted = hash.digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write(`installing ${what}\n`);
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8" });
  if (status !== 0) {
    process.stderr.write(`${stdout ?? ""}${stderr ?? ""}`);
    fail(`could not install ${what}: ${error?.message ?? `${command} exited with ${status}`}`);
  }
  writeFileSync(stamp, wanted);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

installOnce(
  "the pinned Node and pnpm",
  join(toolchain, "node_modules", ".installed"),
  [join(toolchain, "package-lock.json")],
  "npm",
  ["ci", "--no-audit", "--no-fund", "--loglevel=error"],
  toolchain,
);
if (!existsSync(join(bin, "node")) && Number(process.versions.node.split(".")[0]) < NODE_MAJOR) {
  fail(`no pinned Node for ${process.platform}-${process.arch}: install Node ${NODE_MAJOR} and run this again with it`);
}
installOnce(
  "the workspace's dependencies",
  join(root, "node_modules", ".installed"),
  [join(root, "pnpm-lock.yaml"), join(root, "pnpm-workspace.yaml")],
  "pnpm",
  ["install", "--frozen-lockfile", "--prefer-offline", "--reporter=append-only"],
  root,
);

const [command, ...args] = process.argv.slice(2);
if (command === undefined) fail("usage: node .ci/toolchain/run.mjs COMMAND [ARGUMENT...]");
const child = spawn(command, args, { stdio: "inherit", env });
// A terminal sends Ctrl-C to the whole process group; a supervisor's SIGTERM reaches only this process.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => signal === "SIGINT" || child.kill(signal));
}
child.on("error", (error) => fail(`could not start ${command}: ${error.message}`));
child.on("exit", (code, signal) => {
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else process.exit(code ?? 1);
});
