import { eventually } from "../../support/eventually.ts";
import type { Outcome } from "../../support/pod-clients.ts";
import { RULE_STATES, type RuleState } from "./node-rules.ts";
import { CREDENTIAL_STATES, type CredentialState, type Scene } from "./scene.ts";

export const AGENT_STATES = ["up", "down", "starting"] as const;
export const SERVER_STATES = ["up", "down"] as const;
type AgentState = (typeof AGENT_STATES)[number];
type ServerState = (typeof SERVER_STATES)[number];

/** What pods were answered in one situation. */
export interface Cell {
  readonly server: ServerState;
  readonly agent: AgentState;
  readonly rules: string;
  readonly outcomes: Readonly<Record<CredentialState, string>>;
}

const NOTHING_OUTCOMES = new Set<Outcome>(["refused", "503"]);
const STARTING_MS = 2_500;
const LOOK_MS = 60;

/** Every situation, on one node, with a pod for each state of credentials. */
export async function fillTable(scene: Scene): Promise<readonly Cell[]> {
  const cells: Cell[] = [];
  for (const server of SERVER_STATES) {
    await setServer(scene, server);
    for (const agent of AGENT_STATES) {
      for (const rules of RULE_STATES)
        cells.push({ server, agent, rules: rules.name, outcomes: await cellOutcomes(scene, server, agent, rules) });
    }
  }
  await scene.parts.rules.restore();
  return cells;
}

async function setServer({ parts, untilFed }: Scene, state: ServerState): Promise<void> {
  if (state === "up") {
    await parts.servers.start();
    await untilFed();
  } else await parts.servers.stop();
}

async function cellOutcomes(
  scene: Scene,
  server: ServerState,
  agent: AgentState,
  rules: RuleState,
): Promise<Cell["outcomes"]> {
  const { rules: kernel, agents } = scene.parts;
  if (agent === "starting") return whileStarting(scene, server, rules);
  if (agent === "down") agents.kill();
  else if (!agents.isRunning()) {
    // An agent that has its view keeps it while the servers are away; so it gets it first.
    await setServer(scene, "up");
    await agents.start();
    await scene.untilReady();
    await setServer(scene, server);
  }
  for (;;) {
    await kernel.bringAbout(rules);
    const answers = await scene.askAll();
    // The keeper may have put them right in the very moment.
    if (!(await kernel.lasts(rules))) continue;
    if (rules.isPutBack) await kernel.restore();
    const later = rules.isPutBack ? await scene.askAll() : answers;
    return byCredentials((state) => describe(new Set([answers[state] ?? "no answer", later[state] ?? "no answer"])));
  }
}

/** From the agent's start until it can answer, or for as long as that would take. */
async function whileStarting(scene: Scene, server: ServerState, rules: RuleState): Promise<Cell["outcomes"]> {
  const { askAll, isReady } = scene;
  const { agents, rules: kernel } = scene.parts;
  agents.kill();
  await kernel.bringAbout(rules);
  const seen = new Map<CredentialState, Set<Outcome>>(CREDENTIAL_STATES.map((state) => [state, new Set()]));
  const look = async () => {
    for (const [state, outcome] of Object.entries(await askAll())) seen.get(state as CredentialState)?.add(outcome);
  };
  const endMs = performance.now() + STARTING_MS;
  let isStarted = false;
  const starting = agents.start().then(() => {
    isStarted = true;
  });
  while (performance.now() < endMs || !isStarted) {
    await look();
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  await starting;
  if (server === "up") await eventually({ what: "the agent ready" }, isReady);
  // In the end a start is over, and the rules are whole again.
  await kernel.restore();
  await look();
  return byCredentials((state) => describeStart(seen.get(state) ?? new Set()));
}

const byCredentials = (describeOne: (state: CredentialState) => string): Cell["outcomes"] => ({
  valid: describeOne("valid"),
  expired: describeOne("expired"),
  none: describeOne("none"),
});

/** In words that do not depend on how often was looked. */
function describe(outcomes: ReadonlySet<Outcome>): string {
  const strange = [...outcomes].filter((outcome) => outcome !== "role" && !NOTHING_OUTCOMES.has(outcome));
  if (strange.length > 0) return strange.sort().join(", ");
  const hasNothing = [...outcomes].some((outcome) => NOTHING_OUTCOMES.has(outcome));
  if (!outcomes.has("role")) return [...outcomes].sort().join(", ");
  return hasNothing ? "nothing, then its role" : "its role";
}

/** Whether the agent listened already at one look or another says nothing. */
function describeStart(outcomes: ReadonlySet<Outcome>): string {
  return [...outcomes].every((outcome) => NOTHING_OUTCOMES.has(outcome)) ? "nothing" : describe(outcomes);
}
