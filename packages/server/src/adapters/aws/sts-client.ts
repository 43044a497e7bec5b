import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import type { CallerIdentity } from "../../application/ports/caller-identity.ts";
import type { ServerRecorder } from "../../application/ports/server-recorder.ts";
import type { Sts, StsAnswer } from "../../application/ports/sts.ts";
import type { Assumption } from "../../domain/credentials/assumption.ts";
import { classifyStsError } from "./sts-failure.ts";

export interface StsOptions {
  /** Selects the regional endpoint, whose tokens are valid in every region. */
  readonly region: string;
  /** Replaces the regional endpoint, for VPC endpoints and tests. */
  readonly endpoint: string | undefined;
  readonly clock: Clock;
  readonly recorder: ServerRecorder;
  readonly log: Logger;
}

const CONNECT_TIMEOUT_MS = 1_000;
/** The SDK has no request timeout of its own: against a server that hangs it waits for ever. */
const CALL_TIMEOUT_MS = 3_000;

/** The STS edge. One attempt a call: when to ask again is the refresh schedule's to say. */
export class StsGateway implements Sts, CallerIdentity {
  readonly #client: STSClient;
  readonly #clock: Clock;
  readonly #recorder: ServerRecorder;
  readonly #log: Logger;

  constructor({ region, endpoint, clock, recorder, log }: StsOptions) {
    this.#log = log;
    this.#clock = clock;
    this.#recorder = recorder;
    this.#client = new STSClient({
      region,
      ...(endpoint === undefined ? {} : { endpoint }),
      maxAttempts: 1,
      requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: CALL_TIMEOUT_MS },
    });
  }

  async assumeRole(assumption: Assumption, signal: AbortSignal): Promise<StsAnswer> {
    const { roleArn, sessionName, externalId, durationSeconds } = assumption;
    const command = new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      DurationSeconds: durationSeconds,
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    });
    const startedMs = this.#clock.nowMs();
    const answer = await this.#client
      .send(command, { abortSignal: withDeadline(signal) })
      .then(({ Credentials: issued }) => toAnswer(issued, this.#clock.nowMs()))
      .catch(
        (error: unknown): StsAnswer => ({ kind: "failure", failure: classifyStsError(error, `AssumeRole ${roleArn}`) }),
      );
    const outcome = answer.kind === "credentials" ? "credentials" : answer.failure.reason;
    this.#recorder.stsAnswered(outcome, (this.#clock.nowMs() - startedMs) / 1_000);
    // One line a call, however many pods wait for it; how often it is made is the retry schedule's to say.
    if (answer.kind === "failure")
      this.#log.warn({ roleArn, sessionName, ...answer.failure }, "STS gave no credentials");
    return answer;
  }

  async ask(signal: AbortSignal): ReturnType<CallerIdentity["ask"]> {
    try {
      const { Arn } = await this.#client.send(new GetCallerIdentityCommand({}), { abortSignal: withDeadline(signal) });
      return Arn ? { kind: "arn", arn: Arn } : { kind: "failure", detail: "GetCallerIdentity: STS named no ARN" };
    } catch (error) {
      return { kind: "failure", detail: classifyStsError(error, "GetCallerIdentity").detail };
    }
  }
}

const withDeadline = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);

interface IssuedCredentials {
  readonly AccessKeyId: string | undefined;
  readonly SecretAccessKey: string | undefined;
  readonly SessionToken: string | undefined;
  readonly Expiration: Date | undefined;
}

function toAnswer(issued: IssuedCredentials | undefined, receivedAtMs: number): StsAnswer {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = issued ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration || Expiration.getTime() <= receivedAtMs) {
    const detail =
      "AssumeRole: STS answered without usable credentials; check --sts-endpoint and the server node's clock";
    return { kind: "failure", failure: { reason: "sts-unreachable", detail } };
  }
  return {
    kind: "credentials",
    credentials: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiresAtMs: Expiration.getTime(),
      receivedAtMs,
    },
  };
}
