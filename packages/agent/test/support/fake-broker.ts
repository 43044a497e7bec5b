import type { Broker, FoundPod, NumberedChange, ReportAnswer } from "../../src/application/ports/broker.ts";
import { BrokerError } from "../../src/application/ports/broker.ts";
import type { ViewChange } from "../../src/domain/credentials/node-view.ts";

/** A server under the test's control: it sends what it is told to, and ends streams when it is told to. */
export class FakeBroker implements Broker {
  readonly openings: Parameters<Broker["watchNode"]>[0][] = [];
  readonly questions: string[] = [];
  /** What `findPod` answers, by UID. */
  readonly findable = new Map<string, FoundPod>();
  /** Why `findPod` cannot be answered, while set. */
  findFailure: string | undefined;
  /** Why streams cannot be opened, while set. */
  unreachable: BrokerError | undefined;
  #generation = 0;
  #send: (update: NumberedChange) => void = () => {};
  #end: (error?: BrokerError) => void = () => {};

  watchNode(...[held, onUpdate, signal]: Parameters<Broker["watchNode"]>): Promise<void> {
    this.openings.push(held);
    if (this.unreachable) return Promise.reject(this.unreachable);
    this.#generation = 0;
    return new Promise((resolve, reject) => {
      this.#send = onUpdate;
      this.#end = (error) => (error ? reject(error) : resolve());
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  async findPod({ uid }: Parameters<Broker["findPod"]>[0]): Promise<FoundPod> {
    this.questions.push(uid);
    if (this.findFailure !== undefined) throw new BrokerError(this.findFailure, "no answer");
    const found = this.findable.get(uid);
    if (!found) throw new BrokerError("pod-not-found", "no such pod on this node");
    return found;
  }

  /** What a report is answered. */
  awsNowMs: number | undefined;

  async report(): Promise<ReportAnswer> {
    return { awsNowMs: this.awsNowMs };
  }

  /** Sends the next update; `undefined` is a kind that only a newer agent knows. */
  send(change: ViewChange | undefined): void {
    this.#generation += 1;
    this.#send({ generation: this.#generation, change, serverVersion: "test" });
  }

  loseAnUpdate(): void {
    this.#generation += 1;
  }

  endStream(error?: BrokerError): void {
    this.#end(error);
  }
}
