import { describe, expect, test } from "@jest/globals";
import { parseHostInterface } from "./host-interface.ts";
import { PROBE_CHAINS } from "./probe-rules.ts";
import { FAMILIES, guardChains, interceptionChains, OWN_CHAINS } from "./rules.ts";

const OPTIONS = { port: 8181, alias: "169.254.253.1" };
const dnat = (options: object) => interceptionChains("ipv4", { ...OPTIONS, ...options })[1]?.rules;

test("the guard refuses every protocol to the metadata address, of IPv6 too", () => {
  expect(guardChains("ipv6")).toEqual([
    {
      table: "filter",
      name: "ROLECALL-GUARD",
      parent: "FORWARD",
      jump: "-d fd00:ec2::254/128 -j ROLECALL-GUARD",
      rules: [
        "-d fd00:ec2::254/128 -p tcp -j REJECT --reject-with tcp-reset",
        "-d fd00:ec2::254/128 -j REJECT --reject-with icmp6-port-unreachable",
      ],
    },
  ]);
});

describe("the interception", () => {
  test("names no interface unless it is told one", () => {
    expect(dnat({})).toEqual([
      "-s 169.254.253.2/32 -p tcp -m tcp --dport 80",
      "-d 169.254.169.254/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 169.254.253.1:8181",
    ]);
  });

  test.each([
    ["eni+", " -i eni+"],
    ["!eth0", " ! -i eth0"],
    ["! eth0", " ! -i eth0"],
  ])("of --host-interface %s matches%s", (text, match) => {
    expect(dnat({ hostInterface: parseHostInterface(text) })).toEqual([
      "-s 169.254.253.2/32 -d 169.254.169.254/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 169.254.253.1:8181",
      `-d 169.254.169.254/32${match} -p tcp -m tcp --dport 80 -j DNAT --to-destination 169.254.253.1:8181`,
    ]);
  });

  test("of container credentials is there only where it is asked for, and in IPv4 alone", () => {
    const [, nat] = interceptionChains("ipv4", { ...OPTIONS, containerPort: 8182 });
    expect(nat).toMatchObject({
      jump: "-j ROLECALL",
      rules: [
        "-s 169.254.253.2/32 -p tcp -m tcp --dport 80",
        "-d 169.254.169.254/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 169.254.253.1:8181",
        "-d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 169.254.253.1:8182",
      ],
    });
    expect(interceptionChains("ipv6", { ...OPTIONS, alias6: "fd72::1", containerPort: 8182 })[1]?.rules).toHaveLength(
      1,
    );
  });

  test("of IPv6 is there only with an alias for it", () => {
    expect(interceptionChains("ipv6", OPTIONS)).toEqual([]);
    expect(interceptionChains("ipv6", { ...OPTIONS, alias6: "fd72:6f6c:6563::1" })[1]?.rules).toEqual([
      "-d fd00:ec2::254/128 -p tcp -m tcp --dport 80 -j DNAT --to-destination [fd72:6f6c:6563::1]:8181",
    ]);
  });

  test("closes the alias before it opens the way to it", () => {
    expect(interceptionChains("ipv4", OPTIONS).map(({ table }) => table)).toEqual(["filter", "nat"]);
  });
});

test.each(["", "!", "a b", "eth0\n-A X", "sixteen-letters-", "eth0;", "/dev", "+", "eni++"])(
  "%j is no interface",
  (text) => {
    expect(parseHostInterface(text)).toBeUndefined();
  },
);

test("every chain is among those that removal knows", () => {
  const chains = FAMILIES.flatMap((family) => [
    ...guardChains(family),
    ...interceptionChains(family, { ...OPTIONS, alias6: "fd72::1" }),
    ...PROBE_CHAINS,
  ]);
  expect([...new Set(chains.map(({ name }) => name))].sort()).toEqual([...OWN_CHAINS].sort());
});
