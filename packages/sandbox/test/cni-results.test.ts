import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { removeCniResult, writeCniResult, writeHalf } from "../src/files/cni-results.ts";

const RESULT = {
  containerId: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
  podUid: "c0ffee00-0000-4000-8000-000000000001",
  namespace: "team-a",
  name: "web",
  ips: ["10.1.2.3"],
};

let parent: string;
let dir: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "cni-"));
  dir = join(parent, "results");
});
afterEach(() => rmSync(parent, { recursive: true }));

describe("writeCniResult", () => {
  test("writes what libcni's cacheAdd writes, in a file and directory for root alone", () => {
    const file = writeCniResult(dir, RESULT);
    expect(basename(file)).toBe(`aws-cni-${RESULT.containerId}-eth0`);
    expect([statSync(file).mode & 0o777, statSync(dir).mode & 0o777]).toEqual([0o600, 0o700]);
    const content = JSON.parse(readFileSync(file, "utf8"));
    expect(Object.keys(content)).toEqual([
      "kind",
      "containerId",
      "config",
      "ifName",
      "networkName",
      "netns",
      "cniArgs",
      "capabilityArgs",
      "result",
    ]);
    expect(content).toMatchObject({
      kind: "cniCacheV1",
      containerId: RESULT.containerId,
      ifName: "eth0",
      networkName: "aws-cni",
      cniArgs: [
        ["K8S_POD_UID", RESULT.podUid],
        ["K8S_POD_NAMESPACE", "team-a"],
        ["K8S_POD_NAME", "web"],
        ["K8S_POD_INFRA_CONTAINER_ID", RESULT.containerId],
        ["IgnoreUnknown", "1"],
      ],
      result: {
        cniVersion: "1.0.0",
        ips: [{ address: "10.1.2.3/32", interface: 1, gateway: "169.254.1.1" }],
        interfaces: [{ name: expect.stringMatching(/^eni/) }, { name: "eth0", sandbox: expect.any(String) }],
      },
    });
    expect(JSON.parse(Buffer.from(content.config, "base64").toString())).toMatchObject({ name: "aws-cni" });
  });

  test("an IPv6 address is a /128, and before CNI 1.0.0 every address says its version", () => {
    const file = writeCniResult(dir, { ...RESULT, ips: ["fd00::3", "10.1.2.3/24"], cniVersion: "0.4.0" });
    expect(JSON.parse(readFileSync(file, "utf8")).result.ips).toMatchObject([
      { address: "fd00::3/128", version: "6" },
      { address: "10.1.2.3/24", version: "4" },
    ]);
  });

  test("containerd's loopback result has one interface and no gateway", () => {
    const file = writeCniResult(dir, { ...RESULT, network: "cni-loopback", ifName: "lo", ips: ["127.0.0.1/8"] });
    expect(basename(file)).toBe(`cni-loopback-${RESULT.containerId}-lo`);
    const { result } = JSON.parse(readFileSync(file, "utf8"));
    expect(result.interfaces).toHaveLength(1);
    expect(result.ips).toEqual([{ address: "127.0.0.1/8", interface: 0 }]);
  });
});

test("writeHalf leaves a file that is no JSON and that the whole result replaces in place", () => {
  const file = writeHalf(dir, RESULT);
  const half = readFileSync(file, "utf8");
  const { ino } = statSync(file);
  expect(() => JSON.parse(half)).toThrow(SyntaxError);
  expect(writeCniResult(dir, RESULT)).toBe(file);
  expect(readFileSync(file, "utf8").startsWith(half)).toBe(true);
  expect(statSync(file).ino).toBe(ino);
});

test("removeCniResult removes one result and complains of one that is not there", () => {
  const file = writeCniResult(dir, RESULT);
  const lo = writeCniResult(dir, { ...RESULT, network: "cni-loopback", ifName: "lo" });
  removeCniResult(dir, RESULT);
  expect([existsSync(file), existsSync(lo)]).toEqual([false, true]);
  expect(() => removeCniResult(dir, RESULT)).toThrow("ENOENT");
});
