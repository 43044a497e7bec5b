import type { FoundPod } from "./broker.ts";

/** The servers that do not feed this node. */
export interface OtherServers {
  /**
   * What each of them holds for a pod, without asking anybody for it. One that does not answer in time is left out.
   *
   * @throws BrokerError where none of them answered
   */
  heldFor(pod: { uid: string; namespace: string; name: string }): Promise<readonly FoundPod[]>;
  /** Nothing is to be asked for now: lets go of the connections. */
  rest(): void;
}
