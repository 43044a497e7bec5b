import { existsSync } from "node:fs";
import { findCniPrograms, findOnPath } from "./programs.ts";
import type { Progress } from "./progress.ts";
import { run } from "./run.ts";

/** A Debian or Ubuntu package, and how to see that what it brings is there, from whatever source. */
interface MachinePackage {
  readonly name: string;
  readonly isPresent: () => boolean;
}

const withCommand = (name: string, command: string): MachinePackage => ({
  name,
  isPresent: () => findOnPath(command) !== undefined,
});

const MACHINE_PACKAGES: readonly MachinePackage[] = [
  withCommand("etcd-server", "etcd"),
  withCommand("containerd", "containerd"),
  withCommand("runc", "runc"),
  withCommand("iptables", "iptables"),
  withCommand("conntrack", "conntrack"),
  withCommand("iproute2", "ip"),
  withCommand("util-linux", "nsenter"),
  withCommand("openssl", "openssl"),
  withCommand("buildah", "buildah"),
  withCommand("debootstrap", "debootstrap"),
  // With promtool, for the static checks of the alerts too.
  withCommand("prometheus", "prometheus"),
  withCommand("gcc", "gcc"),
  { name: "libc6-dev", isPresent: () => existsSync("/usr/include/stdlib.h") },
  { name: "containernetworking-plugins", isPresent: () => findCniPrograms() !== undefined },
  { name: "ca-certificates", isPresent: () => existsSync("/etc/ssl/certs/ca-certificates.crt") },
];

/** Installs with apt what the machine lacks; does nothing, and asks no one, when all is there. */
export async function installMachinePackages(progress: Progress): Promise<void> {
  const missing = MACHINE_PACKAGES.filter((each) => !each.isPresent()).map(({ name }) => name);
  if (missing.length === 0) return;
  if (findOnPath("apt-get") === undefined) {
    throw new Error(`install what Debian calls ${missing.join(", ")}: this machine has no apt-get to do it with`);
  }
  await progress.step(`installing ${missing.join(", ")}`, async () => {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update", "-q"], { env, timeoutMs: 300_000 });
    await run("apt-get", ["install", "-yq", "--no-install-recommends", ...missing], { env, timeoutMs: 600_000 });
  });
}
