import type { Cluster } from "../cluster/cluster.ts";
import { eventually } from "./eventually.ts";

/** Until a namespace has its default ServiceAccount, no pod can be created in it. */
export async function untilAccountsExist({ kubectl }: Cluster, namespaces: readonly string[]): Promise<void> {
  for (const namespace of namespaces) {
    await eventually({ what: `the ServiceAccount of ${namespace}` }, async () => {
      await kubectl.run(["get", "serviceaccount", "default", `--namespace=${namespace}`]);
      return true;
    });
  }
}

interface EventList {
  readonly items: readonly { readonly message: string }[];
}

/** @returns the message of a pod's Event, when there is one, and one that matches */
export function eventOn(
  { kubectl }: Cluster,
  namespace: string,
  pod: string,
  reason: string,
  wanted = /^/,
): Promise<string> {
  return eventually({ what: `an Event ${reason} on ${namespace}/${pod}` }, async () => {
    const { items } = await kubectl.get<EventList>([
      "events",
      `--namespace=${namespace}`,
      `--field-selector=involvedObject.name=${pod},reason=${reason}`,
    ]);
    return items.find(({ message }) => wanted.test(message))?.message;
  });
}
