import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { Clock } from "@rolecall/common/time/clock";
import type { TimeReading } from "@rolecall/common/time/remote-clock";
import type { CallerIdentity } from "../../application/ports/caller-identity.ts";
import type { ServerRecorder } from "../../application/ports/server-recorder.ts";
import type { Sts, StsAnswer } from "../../application/ports/sts.ts";
import type { Assumption } from "../../domain/credentials/assumption.ts";
import type { StsFailure } from "../../domain/credentials/assumption-state.ts";
import type { Credentials } from "../../domain/credentials/credentials.ts";
import { readTimeOf } from "./response-time.ts";
import { classifyStsError, ownCredentialsFailure } from "./sts-failure.ts";

export interface StsOptions {
  /** Selects the regional endpoint, whose tokens are valid in every region. */
  readonly region: string;
  /** Replaces the regional endpoint, for VPC endpoints and tests. */
  readonly endpoint: string | undefined;
  readonly clock: Clock;
  /** The time of AWS, which expirations are in. */
  readonly awsClock: Clock;
  /** Hears what STS says of its time in each answer, refusals included. */
  readonly onTime: (reading: TimeReading) => void;
  /** What calls are signed with; what the SDK finds in its usual places when absent. @throws when there is none */
  readonly credentials?: () => Promise<Credentials>;
  readonly recorder: Pick<ServerRecorder, "stsAnswered">;
  readonly log: Logger;
}

const CONNECT_TIMEOUT_MS = 1_000;
/** The SDK has no request timeout of its own: against a server that hangs it waits for ever. */
const CALL_TIMEOUT_MS = 3_000;

/** The STS edge. One attempt a call: when to ask again is the refresh schedule's to say. */
export class StsGateway implements Sts, CallerIdentity {
  readonly #client: STSClient;
  readonly #options: StsOptions;
  #ownCredentialsAreRefused = false;

  constructor(options: StsOptions) {
    this.#options = options;
    const { region, endpoint, credentials, clock, onTime } = options;
    this.#client = new STSClient({
      region,
      ...(endpoint === undefined ? {} : { endpoint }),
      // Whoever provides them keeps them fresh by the time of AWS; the SDK would keep them by this machine's.
      ...(credentials && { credentials: Object.assign(() => credentials(), { memoized: true }) }),
      maxAttempts: 1,
      requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: CALL_TIMEOUT_MS },
    });
    this.#client.middlewareStack.use(readTimeOf(clock, onTime));
  }

  async assumeRole(assumption: Assumption, signal: AbortSignal): Promise<StsAnswer> {
    const { clock, awsClock, recorder, log } = this.#options;
    const { roleArn, sessionName, externalId, durationSeconds, tags = [] } = assumption;
    const command = new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      DurationSeconds: durationSeconds,
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
      // Transitive, as those of EKS Pod Identity are: what the pod assumes from there is tagged the same.
      ...(tags.length === 0
        ? {}
        : { Tags: tags.map(([Key, Value]) => ({ Key, Value })), TransitiveTagKeys: tags.map(([key]) => key) }),
    });
    const startedMs = clock.nowMs();
    const sent = await this.#call(`AssumeRole ${roleArn}`, signal, (abortSignal) =>
      this.#client.send(command, { abortSignal }),
    );
    const answer: StsAnswer =
      sent.kind === "output"
        ? toAnswer(sent.output.Credentials, sent.output.$metadata.requestId, awsClock.nowMs())
        : sent;
    const outcome = answer.kind === "credentials" ? "credentials" : answer.failure.reason;
    recorder.stsAnswered(outcome, (clock.nowMs() - startedMs) / 1_000);
    // One line a call, however many pods wait for it; how often it is made is the retry schedule's to say.
    if (answer.kind === "failure") log.warn({ roleArn, sessionName, ...answer.failure }, "STS gave no credentials");
    return answer;
  }

  async ask(signal: AbortSignal): ReturnType<CallerIdentity["ask"]> {
    const sent = await this.#call("GetCallerIdentity", signal, (abortSignal) =>
      this.#client.send(new GetCallerIdentityCommand({}), { abortSignal }),
    );
    if (sent.kind === "failure") return { kind: "failure", detail: sent.failure.detail };
    const { Arn } = sent.output;
    return Arn ? { kind: "arn", arn: Arn } : { kind: "failure", detail: "GetCallerIdentity: STS named no ARN" };
  }

  /** Makes one call within its deadline. The SDK looks at no signal while it obtains the server's own credentials. */
  async #call<T>(action: string, signal: AbortSignal, send: (abort: AbortSignal) => Promise<T>): Promise<Sent<T>> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
    const own = await orAborted(deadline, this.#ownCredentials()).catch((error: unknown) => ({ error }));
    if (own) return { kind: "failure", failure: ownCredentialsFailure(own.error, action) };
    try {
      return { kind: "output", output: await orAborted(deadline, send(deadline)) };
    } catch (error) {
      const failure = classifyStsError(error, action);
      this.#ownCredentialsAreRefused ||= failure.reason === "sts-own-credentials";
      return { kind: "failure", failure };
    }
  }

  /** Obtains what calls are signed with, anew where STS has refused it. @throws when there is none to be had */
  async #ownCredentials(): Promise<undefined> {
    const forceRefresh = this.#ownCredentialsAreRefused;
    this.#ownCredentialsAreRefused = false;
    await this.#client.config.credentials({ forceRefresh });
  }
}

type Sent<T> =
  | { readonly kind: "output"; readonly output: T }
  | { readonly kind: "failure"; readonly failure: StsFailure };

async function orAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const { promise: abortion, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([promise, abortion]).finally(() => signal.removeEventListener("abort", onAbort));
}

interface IssuedCredentials {
  readonly AccessKeyId: string | undefined;
  readonly SecretAccessKey: string | undefined;
  readonly SessionToken: string | undefined;
  readonly Expiration: Date | undefined;
}

function toAnswer(
  issued: IssuedCredentials | undefined,
  stsRequestId: string | undefined,
  receivedAtMs: number,
): StsAnswer {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = issued ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration || Expiration.getTime() <= receivedAtMs) {
    const detail = "AssumeRole: STS answered without usable credentials; check --sts-endpoint";
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
      stsRequestId,
    },
  };
}
