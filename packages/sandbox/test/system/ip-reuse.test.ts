import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { removeCniResult, writeCniResult } from "../../src/files/cni-results.ts";
import type { RunningAgent } from "../../src/system/processes.ts";
import { type Answer, Harness, NODE, type PodOnNode, ROLE_LIST } from "./harness.ts";

const TURNS = 200;
const REUSED_IP = "127.0.3.1";
const ROLES = ["shop-red", "shop-green", "shop-blue"] as const;

let harness: Harness;
let agent: RunningAgent;

beforeEach(async () => {
  harness = await Harness.start();
  ({ agent } = await harness.both());
});
afterEach(() => harness.stop());

/** A pod whose address was another's a moment ago, as the kubelet and the runtime bring it up: bound, then attached. */
function startPod(turn: number, role: string): PodOnNode {
  const name = `reuser-${turn}`;
  const annotations = { "iam.amazonaws.com/role": role };
  const { uid } = harness.sandbox.kubernetes.workloads.createPod({
    namespace: "shop",
    name,
    annotations,
    nodeName: NODE,
  }).metadata;
  const containerId = uid.replaceAll("-", "");
  writeCniResult(harness.sandbox.cniResults(NODE), {
    containerId,
    podUid: uid,
    namespace: "shop",
    name,
    ips: [REUSED_IP],
  });
  return { ref: `shop/${name}`, uid, ip: REUSED_IP };
}

/** The runtime's DEL comes before the API server forgets the pod; its address is free from then on. */
function endPod({ ref, uid }: PodOnNode): void {
  removeCniResult(harness.sandbox.cniResults(NODE), { containerId: uid.replaceAll("-", "") });
  harness.sandbox.kubernetes.workloads.deletePod(ref);
}

/** Pods that ask without end, until the result is called. */
function load(pods: readonly PodOnNode[]): () => Promise<void> {
  let isOver = false;
  const asking = pods.map(async (pod) => {
    while (!isOver) await harness.ask(pod, agent);
  });
  return async () => {
    isOver = true;
    await Promise.all(asking);
  };
}

test(`an address that ${TURNS} pods of changing roles have one after the other never brings one of them another's role`, async () => {
  const endLoad = load(ROLES.map((role) => harness.pod(role)));
  const wrong: string[] = [];
  let answered = 0;
  for (let turn = 0; turn < TURNS; turn++) {
    const role = ROLES[turn % ROLES.length] ?? "";
    const pod = startPod(turn, role);
    let answer: Answer;
    // From its very first moment, and until it has what is its own.
    do {
      answer = await harness.ask(pod, agent);
      if (answer.status === 200 && answer.body !== role) wrong.push(`turn ${turn}: ${answer.body} for ${role}`);
    } while (answer.status !== 200 || answer.body !== role);
    const credentials = await harness.ask(pod, agent, `${ROLE_LIST}${role}`);
    if (credentials.status === 200) answered += 1;
    const others = ROLES.filter((other) => other !== role);
    for (const other of others) expect((await harness.ask(pod, agent, `${ROLE_LIST}${other}`)).status).toBe(404);
    endPod(pod);
  }
  await endLoad();
  expect([wrong, answered]).toEqual([[], TURNS]);
}, 90_000);
