import { describe, expect, test } from "@jest/globals";
import { commonInterface, includesInterface, parseHostInterface } from "./host-interface.ts";

test.each([
  ["eni+", "eni1a2b3c", true],
  ["eni+", "vlan.eth.1", false],
  ["cni0", "cni0", true],
  ["cni0", "cni01", false],
  ["!eth0", "eni1a2b3c", true],
  ["!eth0", "eth0", false],
  ["!eni+", "eni1a2b3c", false],
])("%s and packets that enter by %s: %j", (text, name, isIncluded) => {
  const hostInterface = parseHostInterface(text);
  expect(hostInterface && includesInterface(hostInterface, name)).toBe(isIncluded);
});

describe("what is right for pods behind", () => {
  test.each([
    [["cni0", "cni0"], "cni0"],
    [["docker0"], "docker0"],
    [["eni1a2b3c4d5e6", "eni0f0f0f0f0f0"], "eni+"],
    [["vethd00dfeed"], "veth+"],
    [["cali12ab34cd56e"], "cali+"],
    [["vlan1f2e3d4c5b6"], "vlan+"],
    [["eni1a2b3c4d5e6", "vlan1f2e3d4c5b6"], undefined],
    [[], undefined],
  ])("%j is %s", (names, common) => {
    expect(commonInterface(names)).toBe(common);
  });
});
