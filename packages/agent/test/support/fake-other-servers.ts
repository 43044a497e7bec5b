import { BrokerError, type FoundPod } from "../../src/application/ports/broker.ts";
import type { OtherServers } from "../../src/application/ports/other-servers.ts";
import type { Credentials } from "../../src/domain/credentials/credentials.ts";
import { aViewedPod } from "./makers.ts";

/** The other servers under the test's control: they hold what they are told to. */
export class FakeOtherServers implements OtherServers {
  readonly questions: string[] = [];
  /** How often nothing was lacking any more. */
  rests = 0;
  /** What each answers, whichever pod is asked for. */
  answers: readonly FoundPod[] = [];
  areUnreachable = false;

  hold(credentials: Credentials, key = "app"): void {
    const outcome = { kind: "credentials", credentials } as const;
    this.answers = [...this.answers, { pod: aViewedPod(), assumption: { key, outcome } }];
  }

  async heldFor({ uid }: Parameters<OtherServers["heldFor"]>[0]): Promise<readonly FoundPod[]> {
    this.questions.push(uid);
    if (this.areUnreachable) throw new BrokerError("unavailable", "no connection");
    return this.answers;
  }

  rest(): void {
    this.rests += 1;
  }
}
