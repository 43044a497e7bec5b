// The agent with one thing changed that no setting changes, to learn what that thing costs: `keep-alive` keeps connections,
// `unrecorded` counts no requests.
import { type AgentVariant, createAgent, realAgentEdges } from "@rolecall/agent/composition";
import { parseAgentConfig } from "@rolecall/agent/config";
import { runProcess } from "@rolecall/common/lifecycle/run-process";

const VARIANTS: Readonly<Record<string, AgentVariant>> = {
  "keep-alive": { keepAliveMs: 60_000 },
  unrecorded: { recorder: { answered: () => {}, connectionRefused: () => {} } },
};

void runProcess(async (signal) => {
  const variant = VARIANTS[process.env["ROLECALL_BENCH_VARIANT"] ?? ""];
  const parsed = parseAgentConfig(process.argv.slice(2), process.env);
  if (parsed.kind !== "values" || !variant) throw new Error("this program is started by the bench alone");
  const agent = await createAgent(parsed.values, {}, { ...realAgentEdges(parsed.values), variant });
  await agent(signal);
});
