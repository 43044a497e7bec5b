import { mkdtempSync, rmSync, statSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  ApiException,
  AuthenticationV1Api,
  AuthorizationV1Api,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  Watch,
} from "@kubernetes/client-node";
import { FakeClock } from "../src/clock/fake-clock.ts";
import { Journal } from "../src/control/journal.ts";
import { readBody } from "../src/http/request-body.ts";
import { type KubernetesStandIn, startKubernetes } from "../src/kubernetes/api-server.ts";
import type { KubernetesObject } from "../src/kubernetes/object.ts";
import { API_AUDIENCE } from "../src/kubernetes/tokens.ts";

let clock: FakeClock;
let kubernetes: KubernetesStandIn;
let core: CoreV1Api;
const stops: (() => void)[] = [];

beforeEach(async () => {
  clock = new FakeClock();
  kubernetes = await startKubernetes({ clock });
  core = clientConfig().makeApiClient(CoreV1Api);
});

afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  await kubernetes.stop();
});

function clientConfig(token?: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(kubernetes.kubeconfig(token));
  return config;
}

/** What the API refused a call with. */
async function refusal(call: Promise<unknown>): Promise<{ code: number; status: Record<string, unknown> }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ApiException) return { code: error.code, status: JSON.parse(error.body ?? "{}") };
    throw error;
  }
  throw new Error("the call was not refused");
}

interface WatchEvent {
  readonly type: string;
  readonly object: KubernetesObject;
}

/** A watch by the real client, open when this resolves. */
async function watchPods(query: Record<string, string | number | boolean | undefined> = {}) {
  const events = new Journal<WatchEvent>();
  const ended = Promise.withResolvers<unknown>();
  const controller = await new Watch(clientConfig()).watch(
    "/api/v1/pods",
    query,
    (type: string, object: KubernetesObject) => events.record({ type, object }),
    ended.resolve,
  );
  stops.push(() => controller.abort());
  const described = () => events.entries.map(({ type, object }) => `${type} ${object.metadata.name}`);
  return { events, ended: ended.promise, described };
}

const aPod = (name: string, more: object = {}) => kubernetes.workloads.createPod({ name, ...more });
const names = (items: readonly { metadata?: { name?: string } }[]) => items.map(({ metadata }) => metadata?.name);

describe("objects", () => {
  test("a pod looks as it does on a cluster", async () => {
    aPod("web", { nodeName: "worker-1", ips: ["10.1.2.3", "fd00::3"], annotations: { a: "b" }, hostNetwork: true });
    const pod = await core.readNamespacedPod({ namespace: "default", name: "web" });
    expect(pod).toMatchObject({
      kind: "Pod",
      apiVersion: "v1",
      metadata: {
        name: "web",
        namespace: "default",
        annotations: { a: "b" },
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
      spec: { nodeName: "worker-1", serviceAccountName: "default", hostNetwork: true, containers: [{ name: "app" }] },
      status: { phase: "Running", podIP: "10.1.2.3", podIPs: [{ ip: "10.1.2.3" }, { ip: "fd00::3" }] },
    });
    expect(pod.metadata?.creationTimestamp?.toISOString()).toBe("2026-01-01T00:00:00.000Z");
  });

  test("every change takes the next resource version, and one that changes nothing takes none", () => {
    const version = (object: KubernetesObject) => Number(object.metadata.resourceVersion);
    const created = version(aPod("web"));
    const patch = { metadata: { labels: { app: "web" } } };
    expect(version(kubernetes.workloads.updatePod("web", patch))).toBe(created + 1);
    expect(version(kubernetes.workloads.updatePod("web", patch))).toBe(created + 1);
    expect(version(kubernetes.workloads.createNamespace("team-a"))).toBe(created + 2);
  });

  test("namespaces are created, patched and deleted over HTTP with what is in them", async () => {
    await core.createNamespace({ body: { metadata: { name: "team-a" } } });
    kubernetes.workloads.createPod({ namespace: "team-a", name: "web" });
    const patched = await core.patchNamespace(
      { name: "team-a", body: { metadata: { annotations: { "iam.amazonaws.com/permitted": ".*" } } } },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
    expect(patched.metadata?.annotations).toEqual({ "iam.amazonaws.com/permitted": ".*" });
    await core.deleteNamespace({ name: "team-a" });
    expect(names((await core.listNamespace()).items)).toEqual(["default", "kube-system"]);
    expect((await core.listPodForAllNamespaces()).items).toEqual([]);
  });

  test("a write over a newer version is a conflict", async () => {
    const { resourceVersion } = aPod("web").metadata;
    kubernetes.workloads.setPodIp("web", "10.0.0.9");
    const body = { metadata: { resourceVersion, labels: { a: "b" } } };
    const patch = core.patchNamespacedPod(
      { namespace: "default", name: "web", body },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
    expect(await refusal(patch)).toMatchObject({ code: 409, status: { reason: "Conflict" } });
  });

  test("a secret is replaced by its owner", async () => {
    await core.createNamespacedSecret({
      namespace: "default",
      body: { metadata: { name: "pki" }, data: { a: "MQ==" } },
    });
    const secret = await core.readNamespacedSecret({ namespace: "default", name: "pki" });
    await core.replaceNamespacedSecret({ namespace: "default", name: "pki", body: { ...secret, data: { a: "Mg==" } } });
    expect((await core.readNamespacedSecret({ namespace: "default", name: "pki" })).data).toEqual({ a: "Mg==" });
  });

  test("an event that was posted can be read", async () => {
    await core.createNamespacedEvent({
      namespace: "default",
      body: {
        metadata: { generateName: "web." },
        involvedObject: { kind: "Pod", namespace: "default", name: "web" },
        reason: "RoleDenied",
        message: "no",
        type: "Warning",
      },
    });
    expect(kubernetes.workloads.events()).toEqual([
      expect.objectContaining({
        metadata: expect.objectContaining({ name: expect.stringMatching(/^web\.[0-9a-f]{5}$/) }),
        reason: "RoleDenied",
        type: "Warning",
      }),
    ]);
  });

  test.each([
    ["a pod that is not there", () => core.readNamespacedPod({ namespace: "default", name: "none" }), 404, "NotFound"],
    [
      "a name that is taken",
      () => core.createNamespace({ body: { metadata: { name: "default" } } }),
      409,
      "AlreadyExists",
    ],
    [
      "a missing namespace",
      () => core.createNamespacedPod({ namespace: "none", body: { metadata: { name: "p" } } }),
      404,
      "NotFound",
    ],
    ["no name", () => core.createNamespace({ body: {} }), 422, "Invalid"],
    ["a JSON patch", () => core.patchNamespace({ name: "default", body: [] }), 415, "UnsupportedMediaType"],
    ["a field without selector", () => core.listPodForAllNamespaces({ fieldSelector: "spec.x=y" }), 400, "BadRequest"],
    ["a broken label selector", () => core.listPodForAllNamespaces({ labelSelector: "a in" }), 400, "BadRequest"],
    ["a version to come", () => core.listPodForAllNamespaces({ resourceVersion: "99999" }), 504, "Timeout"],
  ])("%s is refused with a Status", async (_what, call, code, reason) => {
    const { code: actual, status } = await refusal(call());
    expect([actual, status["kind"], status["reason"], status["code"]]).toEqual([code, "Status", reason, code]);
  });
});

describe("list", () => {
  test("pages show one state, however it changes meanwhile", async () => {
    for (const name of ["a", "b", "c", "d", "e"]) aPod(name);
    const first = await core.listPodForAllNamespaces({ limit: 2 });
    expect(first.metadata).toMatchObject({ remainingItemCount: 3, _continue: expect.any(String) });
    kubernetes.workloads.deletePod("d");
    kubernetes.workloads.updatePod("e", { metadata: { labels: { changed: "yes" } } });
    aPod("f");
    const second = await core.listPodForAllNamespaces({ limit: 2, _continue: first.metadata?._continue ?? "" });
    const third = await core.listPodForAllNamespaces({ limit: 2, _continue: second.metadata?._continue ?? "" });
    expect(names([...first.items, ...second.items, ...third.items])).toEqual(["a", "b", "c", "d", "e"]);
    expect(third.items[0]?.metadata?.labels).toBeUndefined();
    expect(third.metadata?._continue).toBeUndefined();
    expect(third.metadata?.resourceVersion).toBe(first.metadata?.resourceVersion);
  });

  test("a continue token from before a compaction is 410 with a token that goes on from now", async () => {
    for (const name of ["a", "b", "c"]) aPod(name);
    const first = await core.listPodForAllNamespaces({ limit: 1 });
    kubernetes.compact();
    const { code, status } = await refusal(
      core.listPodForAllNamespaces({ limit: 1, _continue: first.metadata?._continue ?? "" }),
    );
    expect([code, status["reason"]]).toEqual([410, "Expired"]);
    const { continue: token } = status["metadata"] as { continue: string };
    expect(names((await core.listPodForAllNamespaces({ _continue: token })).items)).toEqual(["b", "c"]);
  });

  test("version 0 is answered whole, as from the watch cache", async () => {
    for (const name of ["a", "b", "c"]) aPod(name);
    expect((await core.listPodForAllNamespaces({ limit: 1, resourceVersion: "0" })).items).toHaveLength(3);
  });

  test.each([
    [{ fieldSelector: "spec.nodeName=n1" }, ["a"]],
    [{ fieldSelector: "spec.nodeName=" }, ["c"]],
    [{ fieldSelector: "spec.nodeName!=n1,status.phase!=Failed" }, ["c"]],
    [{ fieldSelector: "metadata.name==b" }, ["b"]],
    [{ fieldSelector: "metadata.namespace=kube-system" }, []],
    [{ fieldSelector: "spec.hostNetwork=false" }, ["a", "b", "c"]],
    [{ labelSelector: "app" }, ["a", "b"]],
    [{ labelSelector: "!app" }, ["c"]],
    [{ labelSelector: "app=web,tier!=back" }, ["a"]],
    [{ labelSelector: "app in (web, api)" }, ["a", "b"]],
    [{ labelSelector: "app notin (web),app" }, ["b"]],
  ])("%j selects %j", async (query, expected) => {
    aPod("a", { nodeName: "n1", labels: { app: "web" } });
    aPod("b", { nodeName: "n2", labels: { app: "api", tier: "back" }, phase: "Failed" });
    aPod("c");
    expect(names((await core.listPodForAllNamespaces(query)).items)).toEqual(expected);
  });
});

describe("watch", () => {
  test("begins with the present state and follows every change", async () => {
    aPod("web");
    const { events, described } = await watchPods();
    kubernetes.workloads.bindPod("web", "worker-1");
    kubernetes.workloads.setPodIp("web", "10.0.0.9");
    kubernetes.workloads.deletePod("web");
    await events.whenCount(5);
    expect(described()).toEqual(["ADDED web", "MODIFIED web", "MODIFIED web", "MODIFIED web", "DELETED web"]);
    expect(events.entries[3]?.object.metadata.deletionTimestamp).toBe("2026-01-01T00:00:00Z");
  });

  test("continues from a list without a gap", async () => {
    aPod("a");
    const list = await core.listPodForAllNamespaces();
    aPod("b");
    const { events, described } = await watchPods({ resourceVersion: list.metadata?.resourceVersion });
    aPod("c");
    await events.whenCount(2);
    expect(described()).toEqual(["ADDED b", "ADDED c"]);
  });

  test("a pod that comes into the selection is added and one that leaves it is deleted", async () => {
    aPod("web");
    const { events, described } = await watchPods({ labelSelector: "app=web" });
    kubernetes.workloads.updatePod("web", { metadata: { labels: { app: "web" } } });
    const left = kubernetes.workloads.updatePod("web", { metadata: { labels: { app: null } as never } });
    await events.whenCount(2);
    expect(described()).toEqual(["ADDED web", "DELETED web"]);
    expect(events.entries[1]?.object.metadata).toMatchObject({
      labels: { app: "web" },
      resourceVersion: left.metadata.resourceVersion,
    });
  });

  test("from before a compaction is an ERROR event 410 in an answer that is 200", async () => {
    const { resourceVersion } = aPod("web").metadata;
    kubernetes.compact();
    const { events, ended } = await watchPods({ resourceVersion });
    await ended;
    expect(events.entries.map(({ type, object }) => [type, object["code"], object["reason"]])).toEqual([
      ["ERROR", 410, "Expired"],
    ]);
  });

  test("a watch that is up to date outlives a compaction", async () => {
    const { events, described } = await watchPods();
    kubernetes.compact();
    aPod("web");
    await events.whenCount(1);
    expect(described()).toEqual(["ADDED web"]);
  });

  test("times out with a bookmark whose version the next watch continues from", async () => {
    const { events, ended } = await watchPods({
      resourceVersion: "1001",
      allowWatchBookmarks: true,
      timeoutSeconds: 300,
    });
    kubernetes.workloads.createNamespace("team-a");
    await clock.advance(300_000);
    await ended;
    expect(events.entries.map(({ type, object }) => [type, object.kind, object["spec"]])).toEqual([
      ["BOOKMARK", "Pod", { containers: null }],
    ]);
    const next = await watchPods({ resourceVersion: events.entries[0]?.object.metadata.resourceVersion });
    aPod("web");
    await next.events.whenCount(1);
    expect(next.described()).toEqual(["ADDED web"]);
  });

  test("bookmarks come on demand, and only where they are wanted", async () => {
    const wanted = await watchPods({ allowWatchBookmarks: true });
    const unwanted = await watchPods();
    kubernetes.watches.bookmark();
    aPod("web");
    await Promise.all([wanted.events.whenCount(2), unwanted.events.whenCount(1)]);
    expect(wanted.events.entries.map(({ type }) => type)).toEqual(["BOOKMARK", "ADDED"]);
    expect(unwanted.described()).toEqual(["ADDED web"]);
  });

  test("a paused watch lags behind and catches up, while lists are current", async () => {
    const { events, described } = await watchPods();
    kubernetes.watches.pause("pods");
    aPod("web");
    expect((await core.listPodForAllNamespaces()).items).toHaveLength(1);
    expect(events.entries).toEqual([]);
    kubernetes.watches.resume();
    await events.whenCount(1);
    expect(described()).toEqual(["ADDED web"]);
  });

  test("a paused watch that a compaction overtook is 410 when it goes on", async () => {
    const { events, ended } = await watchPods();
    kubernetes.watches.pause();
    aPod("web");
    kubernetes.compact();
    kubernetes.watches.resume();
    await ended;
    expect(events.entries[0]).toMatchObject({ type: "ERROR", object: { code: 410 } });
  });

  test("is cut: cleanly it ends without error, by a reset with one", async () => {
    const clean = await watchPods();
    kubernetes.watches.cut("end");
    expect(await clean.ended).toBeNull();
    const broken = await watchPods();
    kubernetes.watches.cut("reset");
    expect(await broken.ended).toBeInstanceOf(Error);
    expect(kubernetes.watches.count()).toBe(0);
  });

  test("a malformed line is sent and the watch goes on", async () => {
    const response = await rawGet("/api/v1/pods?watch=true");
    kubernetes.watches.sendMalformedLine();
    aPod("web");
    kubernetes.watches.cut("end");
    const [malformed = "", next = ""] = (await readBody(response)).split("\n");
    expect(() => JSON.parse(malformed)).toThrow(SyntaxError);
    expect(JSON.parse(next)).toMatchObject({ type: "ADDED" });
  });
});

/** Without the real client, which skips what it cannot parse. */
function rawGet(path: string): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${kubernetes.token}` };
  return new Promise((resolve, reject) => {
    get(`${kubernetes.url}${path}`, { ca: kubernetes.caPem, headers }, resolve).on("error", reject);
  });
}

describe("reviews", () => {
  const agent = {
    namespace: "rolecall",
    serviceAccountName: "rolecall-agent",
    podName: "rolecall-agent-x",
    podUid: "pod-uid",
    nodeName: "worker-1",
    nodeUid: "node-uid",
    audiences: ["rolecall"],
  };
  const review = async (spec: { token: string; audiences?: string[] }) =>
    (await clientConfig().makeApiClient(AuthenticationV1Api).createTokenReview({ body: { spec } })).status;

  test("a projected token names its pod and node", async () => {
    const token = kubernetes.tokens.issueForPod(agent);
    expect(await review({ token, audiences: ["rolecall", "other"] })).toMatchObject({
      authenticated: true,
      audiences: ["rolecall"],
      user: {
        username: "system:serviceaccount:rolecall:rolecall-agent",
        groups: expect.arrayContaining(["system:serviceaccounts:rolecall"]),
        extra: {
          "authentication.kubernetes.io/node-name": ["worker-1"],
          "authentication.kubernetes.io/node-uid": ["node-uid"],
          "authentication.kubernetes.io/pod-uid": ["pod-uid"],
        },
      },
    });
  });

  test("a token for another audience, an unknown one and a revoked one are not authenticated", async () => {
    const token = kubernetes.tokens.issueForPod(agent);
    expect(await review({ token })).toEqual(
      expect.objectContaining({ error: expect.stringContaining('token audiences ["rolecall"] is invalid') }),
    );
    expect((await review({ token: "bogus", audiences: ["rolecall"] }))?.authenticated).toBeUndefined();
    kubernetes.tokens.revoke(token);
    expect((await review({ token, audiences: ["rolecall"] }))?.error).toBe("invalid bearer token");
  });

  test("what is denied is refused in the access review and in the request", async () => {
    const authorization = clientConfig().makeApiClient(AuthorizationV1Api);
    const mayList = async (resource: string) => {
      const body = { spec: { resourceAttributes: { verb: "list", resource } } };
      return (await authorization.createSelfSubjectAccessReview({ body })).status?.allowed;
    };
    const undo = kubernetes.access.deny({ verb: "list", resource: "pods" });
    expect([await mayList("pods"), await mayList("namespaces")]).toEqual([false, true]);
    expect(await refusal(core.listPodForAllNamespaces())).toMatchObject({
      code: 403,
      status: {
        message: 'pods is forbidden: User "sandbox" cannot list resource "pods" in API group "" at the cluster scope',
      },
    });
    undo();
    expect(await mayList("pods")).toBe(true);
  });
});

describe("access", () => {
  test("an unknown bearer token, and one for another audience, is 401", async () => {
    const tokens = ["unknown", kubernetes.tokens.issue({ username: "agent", audiences: ["rolecall"] })];
    for (const token of tokens) {
      expect(await refusal(clientConfig(token).makeApiClient(CoreV1Api).listNamespace())).toMatchObject({ code: 401 });
    }
    const good = kubernetes.tokens.issue({ username: "other", audiences: [API_AUDIENCE] });
    await clientConfig(good).makeApiClient(CoreV1Api).listNamespace();
  });

  test("the kubeconfig file is all a client needs, and its owner's alone", async () => {
    const dir = mkdtempSync(join(tmpdir(), "kubeconfig-"));
    stops.push(() => rmSync(dir, { recursive: true }));
    const file = join(dir, "config");
    kubernetes.writeKubeconfig(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const config = new KubeConfig();
    config.loadFromFile(file);
    expect(names((await config.makeApiClient(CoreV1Api).listNamespace()).items)).toContain("default");
  });

  test.each(["/readyz", "/version", "/api", "/apis", "/api/v1", "/apis/coordination.k8s.io/v1"])(
    "%s answers, as kubectl asks it first",
    async (path) => {
      const response = await rawGet(path);
      expect([response.statusCode, await readBody(response)]).toEqual([200, expect.stringMatching(/./)]);
    },
  );
});

describe("misbehaviour", () => {
  test("the next requests of a kind fail as often as told", async () => {
    kubernetes.faults.failNext({ verb: "list", resource: "pods", status: 429, times: 2, retryAfterSeconds: 7 });
    await core.listNamespace();
    const first = await core.listPodForAllNamespaces().catch((error: ApiException<unknown>) => error);
    expect(first).toMatchObject({ code: 429, headers: { "retry-after": "7" } });
    expect(await refusal(core.listPodForAllNamespaces())).toMatchObject({ status: { reason: "TooManyRequests" } });
    await core.listPodForAllNamespaces();
    expect(kubernetes.countRequests({ verb: "list", resource: "pods" })).toBe(3);
  });

  test("a request is reset", async () => {
    kubernetes.faults.failNext({ status: "reset" });
    await expect(core.listNamespace()).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
  });

  test("a request hangs until it is released", async () => {
    const release = kubernetes.faults.hang({ resource: "pods" });
    let isAnswered = false;
    const list = core.listPodForAllNamespaces().then(() => {
      isAnswered = true;
    });
    await kubernetes.whenRequested({ resource: "pods" });
    await core.listNamespace();
    expect(isAnswered).toBe(false);
    release();
    await list;
  });

  test("connections are refused and accepted again on the same port, with the objects still there", async () => {
    aPod("web");
    const { ended } = await watchPods();
    await kubernetes.refuseConnections();
    await ended;
    await expect(core.listNamespace()).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    await kubernetes.acceptConnections();
    expect(names((await core.listPodForAllNamespaces()).items)).toEqual(["web"]);
  });

  test("requests are counted by verb and resource with their query", async () => {
    await core.listPodForAllNamespaces({ limit: 500 });
    await watchPods();
    expect(kubernetes.requests.entries.map(({ verb, resource, query }) => [verb, resource, query])).toEqual([
      ["list", "pods", { limit: "500" }],
      ["watch", "pods", { watch: "true" }],
    ]);
  });
});
