import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseCniResult } from "./cni-result.ts";

/** As containerd's libcni writes it for the Amazon VPC CNI plugin. */
const cached = (over: Readonly<Record<string, unknown>> = {}) => ({
  kind: "cniCacheV1",
  containerId: "3f1c0a",
  config: "e30=",
  ifName: "eth0",
  networkName: "aws-cni",
  netns: "/var/run/netns/cni-5d1",
  cniArgs: [
    ["IgnoreUnknown", "1"],
    ["K8S_POD_NAMESPACE", "shop"],
    ["K8S_POD_NAME", "cart-0"],
    ["K8S_POD_INFRA_CONTAINER_ID", "3f1c0a"],
    ["K8S_POD_UID", "6f9b1c1e-6f0e-4b53-8f9d-0d3c3f6f9a11"],
  ],
  result: {
    cniVersion: "0.4.0",
    dns: {},
    interfaces: [{ name: "eni1a2b3c" }, { name: "eth0", sandbox: "/var/run/netns/cni-5d1" }],
    ips: [{ version: "4", interface: 1, address: "10.0.1.5/32" }],
  },
  ...over,
});
const parse = (over?: Readonly<Record<string, unknown>>) => parseCniResult(JSON.stringify(cached(over)));
const ipsOf = (result: unknown) => {
  const parsed = parse({ result });
  return parsed.kind === "result" ? parsed.result.ips : parsed;
};

describe("a CNI result", () => {
  test("names the pod, its sandbox and its addresses", () => {
    expect(parse()).toEqual({
      kind: "result",
      result: {
        podUid: "6f9b1c1e-6f0e-4b53-8f9d-0d3c3f6f9a11",
        namespace: "shop",
        name: "cart-0",
        containerId: "3f1c0a",
        ips: ["10.0.1.5"],
      },
    });
  });

  test("of CNI 1.x has no version in its addresses", () => {
    expect(
      ipsOf({ cniVersion: "1.0.0", ips: [{ address: "10.0.1.5/32" }, { address: "2600:1F14:0::5/128" }] }),
    ).toEqual(["10.0.1.5", "2600:1f14::5"]);
  });

  test("of CNI 0.2 has one address of each family", () => {
    expect(ipsOf({ cniVersion: "0.2.0", ip4: { ip: "10.0.1.5/24" }, ip6: { ip: "2600::5/64" } })).toEqual([
      "10.0.1.5",
      "2600::5",
    ]);
  });

  test("of the loopback interface owns no address", () => {
    expect(ipsOf({ cniVersion: "1.0.0", ips: [{ address: "127.0.0.1/8" }, { address: "::1/128" }] })).toEqual([]);
  });

  test("without addresses, as a plugin that only sets a route answers, owns none", () => {
    expect(ipsOf({ cniVersion: "1.0.0" })).toEqual([]);
    expect(ipsOf(undefined)).toEqual([]);
  });

  test("lists an address once", () => {
    expect(ipsOf({ ips: [{ address: "10.0.1.5/32" }, { address: "10.0.1.5/24" }] })).toEqual(["10.0.1.5"]);
  });
});

describe("a file that is no usable CNI result", () => {
  test.each<[string, string, string]>([
    ["is empty", "", "incomplete"],
    ["was read in the middle of the write", JSON.stringify(cached()).slice(0, -1), "incomplete"],
    ["is of another program", '{"kind":"other"}', "not-a-cni-result"],
    ["is a result of libcni before 0.8", '{"cniVersion":"0.3.1","ips":[]}', "not-a-cni-result"],
    ["is no object", "[1]", "not-a-cni-result"],
    ["is null", "null", "not-a-cni-result"],
    ["names no container", JSON.stringify(cached({ containerId: 7 })), "not-a-cni-result"],
    ["is of a container outside Kubernetes", JSON.stringify(cached({ cniArgs: undefined })), "no-pod"],
    ["is of a runtime that passes no UID", JSON.stringify(cached({ cniArgs: [["K8S_POD_NAME", "x"]] })), "no-pod"],
    [
      "has an address that is none",
      JSON.stringify(cached({ result: { ips: [{ address: "10.0.1" }] } })),
      "address-malformed",
    ],
    ["has an address of no text", JSON.stringify(cached({ result: { ips: [7] } })), "address-malformed"],
  ])("that %s", (_, text, problem) => {
    expect(parseCniResult(text)).toMatchObject({ kind: "problem", problem });
  });

  test("is never an exception", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseCniResult(text).kind).toBe("problem");
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (result, cniArgs) => {
        expect(["result", "problem"]).toContain(parse({ result, cniArgs }).kind);
      }),
    );
  });

  test("is told from a whole one at every length short of it", () => {
    const text = JSON.stringify(cached());
    for (let length = 0; length < text.length; length++) {
      expect(parseCniResult(text.slice(0, length))).toMatchObject({ problem: "incomplete" });
    }
  });
});
