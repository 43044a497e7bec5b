import { describe, expect, test } from "@jest/globals";
import { GATEWAY, nodeAddresses } from "./network-plan.ts";

describe("the network plan", () => {
  test("no two nodes share an address, a pod range or a link, and none has the gateway's address", () => {
    const nodes = Array.from({ length: 200 }, (_, index) => nodeAddresses(index + 1));
    const values = nodes.flatMap(({ ip, podRange, link }) => [ip, podRange, link]);
    expect(new Set([...values, GATEWAY]).size).toBe(601);
  });

  test("a link's name fits an interface, which has at most 15 characters", () => {
    expect(nodeAddresses(200).link.length).toBeLessThanOrEqual(15);
  });

  test.each([0, 201, 1.5])("there is no node number %d", (number) => {
    expect(() => nodeAddresses(number)).toThrow(RangeError);
  });
});
