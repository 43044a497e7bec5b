import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { parseHostInterface } from "../domain/interception/host-interface.ts";
import { checkHostInterface } from "./check-host-interface.ts";

let clock: FakeClock;
let interfaces: Map<string, string>;
let problem: string | undefined;
let lines: { level: string; msg: string }[];
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  interfaces = new Map();
  problem = undefined;
  lines = [];
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await running;
});

async function start(text: string): Promise<void> {
  const hostInterface = parseHostInterface(text);
  if (!hostInterface) throw new Error(text);
  running = checkHostInterface({
    hostInterface,
    podAddresses: () => [...interfaces.keys()],
    routes: { interfaceTo: async (address) => interfaces.get(address) },
    report: (found) => {
      problem = found;
    },
    logger: createLogger("agent", "info", (line) => lines.push(JSON.parse(line))),
    clock,
  })(stop.signal);
  await clock.whenWaiting();
}

test("one that matches a pod's interface is right, and so is any while there is no pod", async () => {
  await start("eni+");
  expect(problem).toBeUndefined();
  interfaces.set("10.0.1.7", "eni1a2b3c4d5e6");
  await clock.advance(10_000);
  expect([problem, lines]).toEqual([undefined, []]);
});

test("one that matches no pod's interface is an error once, with the right one", async () => {
  interfaces.set("10.0.1.7", "vlan1f2e3d4c5b6").set("10.0.1.8", "vlan00112233445");
  await start("eni+");
  expect(problem).toBe(
    "--host-interface eni+ matches no interface of a pod of this node, so no pod is answered (10.0.1.7 is behind vlan1f2e3d4c5b6): set it to vlan+, or better leave it away (chart value interception.hostInterface)",
  );
  await clock.advance(20_000);
  expect(lines).toEqual([expect.objectContaining({ level: "error", msg: problem })]);
});

test("it is right again as soon as one pod is behind it", async () => {
  interfaces.set("10.0.1.7", "cni0");
  await start("!cni0");
  expect(problem).toContain("--host-interface !cni0 matches no interface");
  interfaces.set("10.0.1.8", "eni1a2b3c4d5e6");
  await clock.advance(10_000);
  expect(problem).toBeUndefined();
  expect(lines.at(-1)).toMatchObject({ level: "info" });
});
