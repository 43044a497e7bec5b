import { expect } from "@jest/globals";
import { until } from "../system/harness.ts";
import { POD_SESSION, type Situation } from "./situation.ts";

/** After this time every client looks for new credentials, and what it was handed first has a minute left. */
const NEARLY_OVER_MS = 54 * 60_000;
/** After this time every client takes what it was handed first for as good as over; it really ends four minutes later. */
const LATER_MS = 56 * 60_000;

/** Something that happens to a client in a pod. */
export interface Scenario {
  /** As the column of `docs/clients.md`. */
  readonly name: string;
  /** What is claimed of each client. */
  readonly title: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Whether the pod has an annotation; it has unless said. */
  readonly hasRole?: boolean;
  readonly run: (situation: Situation) => Promise<void>;
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "first fetch",
    title: "is its pod's role at once, until the time it is told",
    run: async (situation) => {
      const { arn, expiration, error } = await situation.use();
      expect({ arn, error }).toEqual({ arn: POD_SESSION });
      const handedOut = await situation.handedOut();
      expect(situation.keyUsed()).toBe(handedOut.accessKeyId);
      expect(expiration ?? handedOut.expiration).toBe(handedOut.expiration);
    },
  },
  {
    name: "rotation",
    title: "takes new credentials when they have been rotated",
    run: async (situation) => {
      const first = await beginWith(situation);
      await situation.pass(LATER_MS);
      await until(async () => (await situation.handedOut()).accessKeyId !== first);
      expect(await situation.use(LATER_MS)).toMatchObject({ arn: POD_SESSION });
      expect(situation.keyUsed()).toBe((await situation.handedOut()).accessKeyId);
    },
  },
  {
    name: "agent restart",
    title: "is served by the next agent, with the session token of the last where it keeps one",
    run: async (situation) => {
      await beginWith(situation);
      await situation.restartAgent();
      expect(await situation.use(NEARLY_OVER_MS)).toMatchObject({ arn: POD_SESSION });
      // The SDK for JavaScript looks in the background.
      await until(async () => (await situation.answers()).has("role-credentials answered 200"));
      expect(withStatus(/401|5../, await situation.answers())).toEqual([]);
    },
  },
  {
    name: "servers and STS down",
    title: "keeps its role while all servers and STS are down, for as long as the credentials live",
    run: async (situation) => {
      const first = await beginWith(situation);
      await situation.loseServersAndSts();
      await situation.pass(LATER_MS);
      expect(await situation.use(LATER_MS)).toMatchObject({ arn: POD_SESSION });
      expect(situation.keyUsed()).toBe(first);
      expect(withStatus(/5../, await situation.answers())).toEqual([]);
    },
  },
  {
    name: "tokens required",
    title: "brings a session token with every request that needs one",
    env: { AWS_EC2_METADATA_V1_DISABLED: "true" },
    run: async (situation) => {
      await beginWith(situation);
      expect(withStatus(/401/, await situation.answers())).toEqual([]);
      expect(await situation.statusWithoutToken()).toBe(401);
    },
  },
  {
    name: "no role",
    title: "finds nothing in a pod without a role, and lives on",
    hasRole: false,
    run: async (situation) => {
      for (const attempt of [await situation.use(), await situation.use(NEARLY_OVER_MS)]) {
        expect(attempt).toEqual({ error: expect.any(String) });
      }
      expect(situation.keyUsed()).toBeUndefined();
    },
  },
];

/** @returns the access key the client began with */
async function beginWith(situation: Situation): Promise<string | undefined> {
  expect(await situation.use()).toMatchObject({ arn: POD_SESSION });
  return situation.keyUsed();
}

const withStatus = (status: RegExp, answers: ReadonlyMap<string, number>): readonly string[] =>
  [...answers.keys()].filter((answer) => status.test(answer.split(" ").at(-1) ?? ""));
