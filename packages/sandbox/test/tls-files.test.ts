import { rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { FollowedTlsFiles } from "@rolecall/common/tls/followed-tls-files";
import { type Authority, createAuthority } from "../src/certs/authority.ts";
import { FakeClock } from "../src/clock/fake-clock.ts";
import { ProjectedVolume } from "../src/files/projected-volume.ts";
import { until } from "./system/harness.ts";

let directory: string;
let clock: FakeClock;
let lines: string[];
let reloads: string[];
let usable: boolean[];
let stopping: AbortController;
let running: Promise<void>[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rolecall-tls-"));
  clock = new FakeClock(Date.now());
  [lines, reloads, usable, running] = [[], [], [], []];
  stopping = new AbortController();
});
afterEach(async () => {
  stopping.abort();
  await Promise.all(running);
  rmSync(directory, { recursive: true, force: true });
});

const pemOf = async (authority: Authority, role: "server" | "agent", trusted = authority.certificatePem) => {
  const { certificatePem, keyPem } = await authority.issue({ role });
  return { "tls.crt": certificatePem, "tls.key": keyPem, "ca.crt": trusted };
};

function follow(volume: Pick<ProjectedVolume, "file">): FollowedTlsFiles {
  const followed = new FollowedTlsFiles({
    files: { certificateFile: volume.file("tls.crt"), keyFile: volume.file("tls.key"), caFile: volume.file("ca.crt") },
    clock,
    recorder: { reloaded: (outcome) => reloads.push(outcome), filesUsable: (is) => usable.push(is) },
    log: createLogger("test", "info", (line) => lines.push(line)),
  });
  running.push(followed.run(stopping.signal));
  return followed;
}

describe("material that follows its files", () => {
  let authority: Authority;
  beforeEach(async () => {
    authority = await createAuthority();
  });
  const plainFiles = (pem: Record<string, string>) => {
    const file = (name: string) => join(directory, name);
    const write = (files: Record<string, string>) => {
      for (const [name, content] of Object.entries(files)) writeFileSync(file(name), content);
    };
    write(pem);
    return { file, write };
  };

  test("is new as soon as kubelet has swapped the volume, without a timer", async () => {
    const volume = new ProjectedVolume(join(directory, "tls"), await pemOf(authority, "server"));
    const followed = follow(volume);
    const heard: string[] = [];
    followed.onChange(({ leaf }) => heard.push(leaf.serialNumber));
    for (let round = 1; round <= 3; round += 1) {
      const next = await pemOf(authority, "server");
      volume.write(next);
      await until(() => heard.length === round);
      expect(followed.current?.certificate.toString()).toBe(next["tls.crt"]);
      expect(followed.current?.key.toString()).toBe(next["tls.key"]);
    }
    expect(reloads).toEqual(["taken", "taken", "taken"]);
    expect(lines.filter((line) => line.includes("took new TLS material"))).toHaveLength(3);
  });

  test("is never a new certificate with the old key, and files that become whole within a second are no failure", async () => {
    const files = plainFiles(await pemOf(authority, "server"));
    const followed = follow(files);
    const before = followed.current;
    const next = await pemOf(authority, "server");
    files.write({ "tls.crt": next["tls.crt"] });
    await clock.advance(500);
    followed.look();
    expect(followed.current).toBe(before);
    files.write({ "tls.key": next["tls.key"] });
    await until(() => followed.current?.certificate.toString() === next["tls.crt"]);
    expect(reloads).toEqual(["taken"]);
  });

  test.each([
    ["is empty", "tls.crt", async () => "", "holds no PEM certificate"],
    [
      "belongs to another certificate",
      "tls.key",
      async () => (await pemOf(authority, "server"))["tls.key"],
      "is not the key",
    ],
    [
      "is no certificate",
      "ca.crt",
      async () => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      "ca.crt",
    ],
    [
      "has expired",
      "tls.crt",
      async () => (await authority.issue({ role: "server", expired: true })).certificatePem,
      "the certificate expired at",
    ],
  ])("stays when a file %s, which is said once and counted once", async (_what, name, content, problem) => {
    const files = plainFiles(await pemOf(authority, "server"));
    const followed = follow(files);
    const before = followed.current;
    files.write({ [name]: await content() });
    followed.look();
    for (let minute = 0; minute < 5; minute += 1) await clock.advance(61_000);
    expect(followed.current).toBe(before);
    expect([reloads, usable]).toEqual([["refused"], [false]]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(files.file(name));
    expect(lines[0]).toContain(problem);
  });

  test("is taken again once the files are whole", async () => {
    const files = plainFiles(await pemOf(authority, "server"));
    const followed = follow(files);
    rmSync(files.file("tls.crt"));
    followed.look();
    await clock.advance(1_000);
    expect(lines.join("")).toContain("ENOENT");
    const next = await pemOf(authority, "server");
    files.write(next);
    await until(() => followed.current?.certificate.toString() === next["tls.crt"]);
    expect([reloads, usable]).toEqual([
      ["refused", "taken"],
      [false, true],
    ]);
  });
});
