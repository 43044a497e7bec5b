import type { Pod, PodAnnotations } from "../../src/domain/pod/pod.ts";

type PodFields = Partial<Omit<Pod, "annotations">> & { readonly annotations?: Partial<PodAnnotations> };

/** A running pod of namespace `shop` on `node-1` that asks for the role `app`, but for what is given. */
export function aPod({ annotations, ...fields }: PodFields = {}): Pod {
  return {
    version: 1,
    uid: "8e5c1d9e-0000-4000-8000-000000000001",
    namespace: "shop",
    name: "web-0",
    serviceAccount: "web",
    node: "node-1",
    ips: ["10.0.1.7"],
    hostNetwork: false,
    finished: false,
    ...fields,
    annotations: {
      role: "app",
      sessionName: undefined,
      externalId: undefined,
      sessionDuration: undefined,
      ...annotations,
    },
  };
}
