import type { Task } from "@rolecall/common/lifecycle/run-together";
import { clockWarning } from "@rolecall/common/telemetry/clock-warning";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import { RemoteClock } from "@rolecall/common/time/remote-clock";
import { StsGateway, type StsOptions } from "./adapters/aws/sts-client.ts";
import { CredentialStore } from "./application/credential-store.ts";
import { FirstHop } from "./application/first-hop.ts";
import { StsQueue } from "./application/sts-queue.ts";
import { StsBudget } from "./domain/credentials/sts-budget.ts";
import { MAX_CHAINED_SECONDS } from "./domain/role/role-chaining.ts";
import type { ServerConfig } from "./options.ts";

export interface AwsOptions {
  readonly config: ServerConfig;
  readonly region: string;
  readonly recorder: StsOptions["recorder"];
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

export interface Aws {
  /** The time that credentials are in. */
  readonly awsClock: RemoteClock;
  readonly sts: StsGateway;
  readonly budget: StsBudget;
  readonly stsQueue: StsQueue;
  readonly credentials: CredentialStore;
  readonly tasks: readonly Task[];
}

/** What the server asks of AWS, and what it holds of its answers. */
export function createAws({ config, region, recorder, clock, random, log }: AwsOptions): Aws {
  const awsClock = new RemoteClock(clock);
  const warnOfClock = clockWarning(log);
  const toSts: StsOptions = {
    region,
    endpoint: config.stsEndpoint,
    clock,
    awsClock,
    onTime: (reading) => {
      awsClock.learn(reading);
      warnOfClock(awsClock.offsetMs);
    },
    recorder,
    log,
  };
  const firstHop = createFirstHop(config, toSts, clock, random);
  const sts = new StsGateway({ ...toSts, ...(firstHop && { credentials: firstHop.credentials }) });
  const budget = new StsBudget({ perSecond: config.stsRate, burst: config.stsBurst }, clock.nowMs());
  const stsQueue = new StsQueue({ sts, budget, clock });
  const credentials = new CredentialStore({ sts: stsQueue, awsClock, random });
  return {
    awsClock,
    sts,
    budget,
    stsQueue,
    credentials,
    tasks: [...(firstHop ? [firstHop.run] : []), credentials.run],
  };
}

/** A small budget of its own: its one call an hour must not wait behind those that wait for it. */
const FIRST_HOP_RATE = { perSecond: 1, burst: 5 };

function createFirstHop(
  config: ServerConfig,
  toSts: StsOptions,
  clock: Clock,
  random: () => number,
): FirstHop | undefined {
  const { assumeRoleArn } = config;
  if (!assumeRoleArn) return undefined;
  const { awsClock } = toSts;
  const budget = new StsBudget(FIRST_HOP_RATE, clock.nowMs());
  const queue = new StsQueue({ sts: new StsGateway(toSts), budget, clock });
  return new FirstHop({
    store: new CredentialStore({ sts: queue, awsClock, random }),
    assumption: {
      roleArn: assumeRoleArn,
      sessionName: config.assumeRoleSessionName,
      externalId: config.assumeRoleExternalId,
      durationSeconds: MAX_CHAINED_SECONDS,
    },
    awsClock,
  });
}
