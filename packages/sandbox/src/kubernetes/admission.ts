import { randomUUID } from "node:crypto";
import { apiTime, type KubernetesObject, type ObjectMeta } from "./object.ts";
import { apiVersionOf, type Resource } from "./resources.ts";
import { ApiError, badRequest, invalid } from "./status.ts";

/** An object as a client sends it: anything may be missing. */
export interface ObjectDraft {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly metadata?: Partial<ObjectMeta> & { readonly generateName?: string };
  readonly [field: string]: unknown;
}

/**
 * Makes an object of what a client sent to be created: the metadata that the API server gives, and its defaults.
 *
 * @throws ApiError 400 when kind or namespace is not what the path says, 422 when there is no name
 */
export function admitNew(
  resource: Resource,
  namespace: string | undefined,
  draft: ObjectDraft,
  nowMs: number,
): KubernetesObject {
  if (draft.kind !== undefined && draft.kind !== resource.kind) {
    throw new ApiError(
      badRequest(`${draft.kind} in version "${draft.apiVersion}" cannot be handled as a ${resource.kind}`),
    );
  }
  const { metadata = {} } = draft;
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
    throw new ApiError(
      badRequest("the namespace of the provided object does not match the namespace sent on the request"),
    );
  }
  const name = metadata.name || (metadata.generateName && `${metadata.generateName}${randomUUID().slice(-5)}`);
  if (!name) {
    throw new ApiError(invalid(resource.kind, "", "metadata.name", "Required value: name or generateName is required"));
  }
  const { kind: _kind, apiVersion: _apiVersion, metadata: _metadata, ...fields } = draft;
  return {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: {
      ...metadata,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(resource.kind === "Namespace" ? { labels: { "kubernetes.io/metadata.name": name, ...metadata.labels } } : {}),
      uid: randomUUID(),
      resourceVersion: "",
      creationTimestamp: apiTime(nowMs),
    },
    ...withDefaults(resource, fields),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function withDefaults({ kind }: Resource, fields: Fields): Fields {
  switch (kind) {
    case "Namespace":
      return { ...fields, spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } };
    case "Pod":
      return { ...fields, spec: podSpec(fields["spec"] as Fields | undefined), status: podStatus(fields["status"]) };
    case "Event":
      return {
        firstTimestamp: null,
        lastTimestamp: null,
        ...fields,
        source: fields["source"] ?? {},
        eventTime: fields["eventTime"] ?? null,
        reportingComponent: fields["reportingComponent"] ?? "",
        reportingInstance: fields["reportingInstance"] ?? "",
      };
    case "Secret":
      return { ...fields, type: fields["type"] ?? "Opaque" };
    default:
      return fields;
  }
}

function podSpec(spec: Fields = {}): Fields {
  const { containers = [{ name: "app", image: "app" }], serviceAccountName = "default" } = spec;
  return {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
    priority: 0,
    enableServiceLinks: true,
    preemptionPolicy: "PreemptLowerPriority",
    ...spec,
    containers: (containers as readonly Fields[]).map((container) => ({
      resources: {},
      terminationMessagePath: "/dev/termination-log",
      terminationMessagePolicy: "File",
      imagePullPolicy: "Always",
      ...container,
    })),
    serviceAccountName,
    serviceAccount: serviceAccountName,
  };
}

const podStatus = (status: unknown): Fields => ({ phase: "Pending", qosClass: "BestEffort", ...(status as Fields) });
