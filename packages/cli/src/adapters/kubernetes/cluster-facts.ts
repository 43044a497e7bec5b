import { errorMessage } from "@rolecall/common/errors/error-message";
import type { KubernetesApi } from "@rolecall/server/adapters/kubernetes/kubernetes-api";
import { fields, items, text } from "@rolecall/server/adapters/kubernetes/object-fields";
import type { ClusterFactsReader } from "../../application/ports/cluster-facts.ts";
import type { ClusterNode, InstalledWorkload, Known, Right } from "../../domain/doctor/facts.ts";
import { ClusterReader } from "./cluster-reader.ts";
import { releaseLabels } from "./release-labels.ts";

/** What the other commands need of whoever runs them. */
const RIGHTS = [
  { verb: "list", resource: "pods", purpose: "to know who asks for which role", everywhere: true },
  { verb: "list", resource: "namespaces", purpose: "to know what they permit", everywhere: true },
  { verb: "get", resource: "pods", subresource: "portforward", purpose: "to ask the servers", everywhere: false },
  { verb: "create", resource: "pods", subresource: "portforward", purpose: "to ask the servers", everywhere: false },
] as const;

const ANSWER_MS = 20_000;

export const clusterFacts = (api: KubernetesApi, namespace: string): ClusterFactsReader => ({
  async read() {
    const reader = new ClusterReader(api, namespace);
    const { gitVersion } = fields(await api.request({ path: "/version", signal: AbortSignal.timeout(ANSWER_MS) }));
    const list = (plural: string, component: "server" | "agent") =>
      reader.get(`/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/${plural}`, {
        labelSelector: releaseLabels(component),
      });
    const [namespaceLabels, rights, deployment, daemonSet, servers, agents, nodes, hasCertManager, pods, namespaces] =
      await Promise.all([
        known(async () => labelsOf(await reader.get(`/api/v1/namespaces/${encodeURIComponent(namespace)}`))),
        known(() => Promise.all(RIGHTS.map((right) => review(api, namespace, right)))),
        known(async () => workload(await list("deployments", "server"))),
        known(async () => workload(await list("daemonsets", "agent"))),
        known(() => reader.servers()),
        known(() => reader.agents()),
        known(async () => items(fields(await reader.get("/api/v1/nodes"))["items"]).map(node)),
        known(async () => (await reader.get("/apis/cert-manager.io/v1")) !== undefined),
        known(() => reader.pods()),
        known(() => reader.namespaces()),
      ]);
    return {
      version: text(gitVersion) ?? "of no version",
      namespace,
      namespaceLabels,
      rights,
      deployment,
      daemonSet,
      servers,
      agents,
      nodes,
      hasCertManager,
      pods,
      namespaces,
    };
  },
});

async function known<T>(read: () => Promise<T>): Promise<Known<T>> {
  try {
    return { kind: "known", value: await read() };
  } catch (error) {
    return { kind: "unknown", why: errorMessage(error) };
  }
}

const strings = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(fields(value)).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );

const labelsOf = (object: unknown) =>
  object === undefined ? undefined : strings(fields(fields(object)["metadata"])["labels"]);

function workload(list: unknown): InstalledWorkload | undefined {
  const [first] = items(fields(list)["items"]);
  if (first === undefined) return undefined;
  const { spec, status } = fields(first);
  const { replicas, template } = fields(spec);
  const podSpec = fields(fields(template)["spec"]);
  const desired = replicas ?? fields(status)["desiredNumberScheduled"];
  return {
    desired: typeof desired === "number" ? desired : 0,
    nodeSelector: strings(podSpec["nodeSelector"]),
    secrets: items(podSpec["volumes"]).flatMap((volume) => secretsOf(fields(volume))),
  };
}

function secretsOf(volume: Readonly<Record<string, unknown>>): readonly string[] {
  const projected = items(fields(volume["projected"])["sources"]).map(
    (source) => fields(fields(source)["secret"])["name"],
  );
  return [fields(volume["secret"])["secretName"], ...projected].filter((name) => typeof name === "string");
}

function node(object: unknown): ClusterNode {
  const { metadata, spec } = fields(object);
  return {
    name: text(fields(metadata)["name"]) ?? "",
    labels: labelsOf(object) ?? {},
    taints: items(fields(spec)["taints"])
      .map(fields)
      .map(({ key, value, effect }) => `${key}${value === undefined ? "" : `=${value}`}:${effect}`),
  };
}

async function review(
  api: KubernetesApi,
  namespace: string,
  right: { verb: string; resource: string; subresource?: string; purpose: string; everywhere: boolean },
): Promise<Right> {
  const { verb, resource, subresource, purpose, everywhere } = right;
  const answer = await api.request({
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { verb, resource, subresource, ...(everywhere ? {} : { namespace }) } },
    },
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  return {
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    purpose,
    isAllowed: fields(fields(answer)["status"])["allowed"] === true,
  };
}
