/** What runs on the lab's node with the right to change its rules; speaks JSON lines. */
import { createInterface } from "node:readline";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { LoopbackAddresses } from "../../src/adapters/netfilter/loopback-addresses.ts";
import { NodeNetfilter } from "../../src/adapters/netfilter/node-netfilter.ts";
import { ProbeVeth } from "../../src/adapters/netfilter/probe-veth.ts";
import { runProgram } from "../../src/adapters/netfilter/run-program.ts";
import { installGuard } from "../../src/application/install-guard.ts";
import { keepRules } from "../../src/application/keep-rules.ts";
import { removeAll } from "../../src/application/remove-rules.ts";

const [role] = process.argv.slice(2);
const logger = createLogger("lab", "info", (line) => process.stderr.write(line));
const netfilter = new NodeNetfilter(runProgram);
const aliases = new LoopbackAddresses(runProgram);
const rules = { alias: "169.254.253.1", alias6: "fd72:6f6c:6563::1" };
const target = { instance: "lab", startedAtMs: 0, port: 8181, isLoaded: true };

/** Runs the task on a clock that the lab's lines move; says how each pass over the rules went. */
async function keep(): Promise<void> {
  const drifts: string[] = [];
  const packets: Record<string, object> = {};
  let due: (() => void) | undefined;
  let ticks = 0;
  const tick = () => {
    if (!due || ticks === 0) return;
    ticks--;
    due();
  };
  createInterface({ input: process.stdin }).on("line", () => {
    ticks++;
    tick();
  });
  const task = keepRules({
    netfilter,
    aliases,
    rules,
    lead: { target, isStillOurs: () => true, onChange: () => () => {} },
    logger,
    random: () => 0,
    clock: {
      nowMs: () => 0,
      setTimer(_, callback) {
        due = callback;
        setImmediate(tick);
        return () => {
          due = undefined;
        };
      },
    },
    recorder: {
      rulesDrifted: (family, drift) => drifts.push(`${family} ${drift}`),
      packetsCounted: (family, counters) => {
        packets[family] = counters;
      },
      probed() {},
      failedOpen() {},
      hostInterfaceChecked() {},
      rulesChecked: (failure) =>
        process.stdout.write(
          `${JSON.stringify({ failure: failure?.reason ?? null, drifts: drifts.splice(0), packets })}\n`,
        ),
    },
  });
  await task(new AbortController().signal);
}

switch (role) {
  case "guard":
    await installGuard(netfilter, logger);
    break;
  case "keep":
    await keep();
    break;
  case "remove":
    await removeAll({ netfilter, aliases, link: new ProbeVeth(runProgram) }, rules, logger);
    break;
  default:
    throw new Error(`no role ${role}`);
}
