/** What the stand-in keeps, and how the API speaks of it. */
export interface Resource {
  /** As in paths, verbs and error messages. */
  readonly plural: string;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly isNamespaced: boolean;
  /** What kubectl takes for it besides. */
  readonly shortNames: readonly string[];
  /** Fields that a field selector may name, besides name and namespace. */
  readonly selectableFields: readonly string[];
  /** What a bookmark's object holds besides its metadata: Go writes out fields that have no `omitempty`. */
  readonly bookmarkFields: Readonly<Record<string, unknown>>;
}

const core = { group: "", version: "v1" } as const;

export const RESOURCES = [
  {
    ...core,
    plural: "namespaces",
    kind: "Namespace",
    shortNames: ["ns"],
    isNamespaced: false,
    selectableFields: ["status.phase"],
    bookmarkFields: { spec: {}, status: {} },
  },
  {
    ...core,
    plural: "pods",
    kind: "Pod",
    shortNames: ["po"],
    isNamespaced: true,
    selectableFields: [
      "spec.nodeName",
      "spec.restartPolicy",
      "spec.schedulerName",
      "spec.serviceAccountName",
      "spec.hostNetwork",
      "status.phase",
      "status.podIP",
      "status.nominatedNodeName",
    ],
    bookmarkFields: { spec: { containers: null }, status: {} },
  },
  {
    ...core,
    plural: "nodes",
    kind: "Node",
    shortNames: ["no"],
    isNamespaced: false,
    selectableFields: ["spec.unschedulable"],
    bookmarkFields: { spec: {}, status: {} },
  },
  {
    ...core,
    plural: "events",
    kind: "Event",
    shortNames: ["ev"],
    isNamespaced: true,
    selectableFields: [
      "involvedObject.kind",
      "involvedObject.namespace",
      "involvedObject.name",
      "involvedObject.uid",
      "reason",
      "type",
    ],
    bookmarkFields: {
      involvedObject: {},
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
      eventTime: null,
      reportingComponent: "",
      reportingInstance: "",
    },
  },
  {
    ...core,
    plural: "serviceaccounts",
    kind: "ServiceAccount",
    shortNames: ["sa"],
    isNamespaced: true,
    selectableFields: [],
    bookmarkFields: {},
  },
  {
    ...core,
    plural: "secrets",
    kind: "Secret",
    shortNames: [],
    isNamespaced: true,
    selectableFields: ["type"],
    bookmarkFields: {},
  },
  {
    ...core,
    plural: "configmaps",
    kind: "ConfigMap",
    shortNames: ["cm"],
    isNamespaced: true,
    selectableFields: [],
    bookmarkFields: {},
  },
  {
    group: "coordination.k8s.io",
    version: "v1",
    plural: "leases",
    kind: "Lease",
    shortNames: [],
    isNamespaced: true,
    selectableFields: [],
    bookmarkFields: { spec: {} },
  },
] as const satisfies readonly Resource[];

export type ResourceName = (typeof RESOURCES)[number]["plural"];

export const resourceNamed = (plural: ResourceName): Resource => {
  const resource = RESOURCES.find((candidate) => candidate.plural === plural);
  if (!resource) throw new RangeError(`no resource ${plural}`);
  return resource;
};

/** `v1`, or `coordination.k8s.io/v1`. */
export const apiVersionOf = ({ group, version }: Resource): string => (group === "" ? version : `${group}/${version}`);

/** `pods`, or `leases.coordination.k8s.io`: how messages name a resource. */
export const qualifiedName = ({ group, plural }: Pick<Resource, "group" | "plural">): string =>
  group === "" ? plural : `${plural}.${group}`;
