import { Agent, request } from "node:http";
import type { Clock } from "@rolecall/common/time/clock";
import { sleep } from "@rolecall/common/time/clock";

export interface AskedPod {
  readonly ip: string;
  readonly metadataPort: number;
  /** What a right answer contains. */
  readonly role: string;
}

export interface Tally {
  asked: number;
  /** What each failed request came to, with the time it began. */
  readonly failures: { readonly at: string; readonly problem: string }[];
  slowestMs: number;
}

const ANSWER_MS = 5_000;

/** Asks for pods' credentials in turn at a steady rate, without a retry, until the signal aborts. */
export async function askSteadily(
  pods: readonly AskedPod[],
  perSecond: number,
  tally: Tally,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const startedAtMs = clock.nowMs();
  const underWay = new Set<Promise<void>>();
  for (let turn = 0; !signal.aborted; turn += 1) {
    await sleep(clock, Math.max(0, startedAtMs + (turn * 1_000) / perSecond - clock.nowMs()), signal);
    const pod = pods[turn % pods.length];
    if (!pod || signal.aborted) break;
    const one = askOnce(pod, tally, clock).finally(() => underWay.delete(one));
    underWay.add(one);
  }
  await Promise.all(underWay);
}

async function askOnce(pod: AskedPod, tally: Tally, clock: Clock): Promise<void> {
  const beganAtMs = clock.nowMs();
  tally.asked += 1;
  const problem = await get(pod).catch((error: Error) => error.message);
  tally.slowestMs = Math.max(tally.slowestMs, clock.nowMs() - beganAtMs);
  if (problem !== undefined) tally.failures.push({ at: new Date(beganAtMs).toISOString(), problem });
}

/** @returns what is wrong with the answer */
function get({ ip, metadataPort, role }: AskedPod): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port: metadataPort,
        localAddress: ip,
        path: `/latest/meta-data/iam/security-credentials/${role}`,
        headers: { host: "metadata.test" },
        agent: new Agent(),
        timeout: ANSWER_MS,
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          body += chunk;
        });
        response.on("end", () => {
          const isRight = response.statusCode === 200 && body.includes('"AccessKeyId"');
          resolve(isRight ? undefined : `${response.statusCode} ${body.slice(0, 100)}`);
        });
      },
    );
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${ANSWER_MS} ms`)));
    sent.on("error", reject);
    sent.end();
  });
}
