import { reasonUrl } from "@rolecall/common/reasons/docs-url";
import type { DeniedReason, FailedReason } from "@rolecall/common/reasons/reasons";
import type { Logger } from "@rolecall/common/telemetry/logger";
import type { StsFailure } from "../domain/credentials/assumption-state.ts";
import type { Pod } from "../domain/pod/pod.ts";
import type { Grant } from "../domain/policy/grant.ts";
import { fnv1a } from "../domain/role/fnv1a.ts";
import type { PodVerdicts } from "./node-feed.ts";
import type { EventRecorder } from "./ports/event-recorder.ts";
import type { ServerRecorder } from "./ports/server-recorder.ts";

/** What an Event on a pod calls each denial. Several reasons that a person fixes in one place share a name. */
const EVENT_OF_DENIAL: Readonly<Record<DeniedReason, string>> = {
  "role-reference-malformed": "InvalidRole",
  "session-name-malformed": "InvalidRole",
  "external-id-malformed": "InvalidRole",
  "session-duration-malformed": "InvalidRole",
  "namespace-policy-missing": "RoleForbidden",
  "namespace-policy-malformed": "InvalidNamespacePolicy",
  "role-not-permitted": "RoleForbidden",
  "host-network": "HostNetworkNotSupported",
};

export interface TellPodsOptions {
  readonly events: EventRecorder;
  readonly recorder: Pick<ServerRecorder, "grantDecided">;
  readonly log: Logger;
  /** Where the documents are that Events link to. */
  readonly docsUrl: string;
}

/** What was last said of a pod: a hash of the verdict, and the role it was granted. */
interface Said {
  readonly verdict: string;
  readonly roleArn: string | undefined;
}

/** Says why a pod has no credentials where a person looks: an Event on the pod, a log line and a count. */
export class TellPods implements PodVerdicts {
  readonly #options: TellPodsOptions;
  /** So that a feed that is opened again says nothing twice. */
  readonly #said = new Map<string, Said>();

  constructor(options: TellPodsOptions) {
    this.#options = options;
  }

  /** The pod is gone: nothing more is remembered of it. */
  forget(podUid: string): void {
    this.#said.delete(podUid);
  }

  decided(pod: Pod, grant: Grant): void {
    const { recorder, log } = this.#options;
    const verdict = fnv1a(JSON.stringify(grant));
    const before = this.#said.get(pod.uid);
    if (before?.verdict === verdict) return;
    this.#said.set(pod.uid, { verdict, roleArn: grant.kind === "granted" ? grant.assumption.roleArn : undefined });
    recorder.grantDecided(grant.kind === "denied" ? grant.reason : grant.kind);
    if (grant.kind === "none") return;
    const fields = { podUid: pod.uid, namespace: pod.namespace, pod: pod.name, node: pod.node };
    if (grant.kind === "granted") {
      const { roleArn, sessionName } = grant.assumption;
      log.info({ ...fields, roleArn, sessionName }, "granted a role to a pod");
      if (before?.roleArn !== undefined && before.roleArn !== roleArn) this.#tellChange(pod, before.roleArn, roleArn);
    } else {
      log.warn({ ...fields, reason: grant.reason, detail: grant.detail }, "denied a role to a pod");
      this.#warn(pod, EVENT_OF_DENIAL[grant.reason], grant);
    }
  }

  failed(pod: Pod, failure: StsFailure): void {
    this.#warn(pod, "AssumeRoleFailed", failure);
  }

  #warn(pod: Pod, event: string, { reason, detail }: { reason: DeniedReason | FailedReason; detail: string }): void {
    const { events, docsUrl } = this.#options;
    events.record({ pod, reason: event, message: `${reason}: ${detail}`, link: reasonUrl(docsUrl, reason) });
  }

  #tellChange(pod: Pod, before: string, now: string): void {
    const message = `the role is now ${now}; a client that holds credentials of ${before} keeps them until it asks again, so restart the pod where that must be at once`;
    this.#options.events.record({ pod, reason: "RoleChanged", message, type: "Normal" });
  }
}
