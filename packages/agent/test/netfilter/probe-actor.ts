/** The self-probe on the lab's node: a pass for each line, and what came of it; speaks JSON lines. */
import { createInterface } from "node:readline";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { NodeNetfilter } from "../../src/adapters/netfilter/node-netfilter.ts";
import { ProbeVeth } from "../../src/adapters/netfilter/probe-veth.ts";
import { runProgram } from "../../src/adapters/netfilter/run-program.ts";
import { SocketProbeRequests } from "../../src/adapters/probe/socket-probe-requests.ts";
import { probeWay } from "../../src/application/probe-way.ts";
import { SelfProbe } from "../../src/application/self-probe.ts";

const probe = new SelfProbe({
  way: probeWay(new NodeNetfilter(runProgram), new ProbeVeth(runProgram)),
  // The lab's agent, as http-actor.ts answers.
  requests: new SocketProbeRequests({ isAgent: (answer) => answer.includes('"by":"agent"') }),
  recorder: { probed() {}, failedOpen() {} },
  logger: createLogger("lab", "info", (line) => process.stderr.write(line)),
});

for await (const _line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify((await probe.pass()).outcome)}\n`);
