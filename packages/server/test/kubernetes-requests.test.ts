import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createAuthority } from "@rolecall/sandbox/certs/authority";
import { startKubernetes } from "@rolecall/sandbox/kubernetes/api-server";
import { API_AUDIENCE } from "@rolecall/sandbox/kubernetes/tokens";
import type { Taint } from "@rolecall/sandbox/kubernetes/workloads";
import { TcpDoor } from "@rolecall/sandbox/tcp/tcp-door";
import { loadKubeConfig } from "../src/adapters/kubernetes/kube-config.ts";
import { KubernetesHttpApi } from "../src/adapters/kubernetes/kubernetes-api.ts";
import { KubernetesNodeTaints } from "../src/adapters/kubernetes/node-taints.ts";
import { KubernetesPodReader } from "../src/adapters/kubernetes/pod-reader.ts";
import { missingPermissions } from "../src/adapters/kubernetes/preflight.ts";
import { aKubernetes, type StartedKubernetes } from "./support/a-kubernetes.ts";

let started: StartedKubernetes;
const never = new AbortController().signal;

beforeEach(async () => {
  started = await aKubernetes();
});
afterEach(() => started.stop());

describe("KubernetesPodReader", () => {
  const read = (namespace: string, name: string, signal = never) =>
    new KubernetesPodReader(started.api).read(namespace, name, signal);

  test("reads the pod as it is now", async () => {
    const { metadata } = started.kubernetes.workloads.createPod({
      name: "web-0",
      nodeName: "node-1",
      ips: ["10.0.1.7"],
      annotations: { "iam.amazonaws.com/role": "app" },
    });
    expect(await read("default", "web-0")).toMatchObject({
      uid: metadata.uid,
      node: "node-1",
      ips: ["10.0.1.7"],
      annotations: { role: "app" },
    });
  });

  test("a pod that does not exist is undefined", async () => {
    expect(await read("default", "web-0")).toBeUndefined();
  });

  test("what cannot be a name is no pod, and the API server is not asked", async () => {
    started.kubernetes.workloads.createPod({ name: "web-0" });
    for (const name of ["..", "web-0/log", "web-0?x=1", "", "WEB-0", "a%2fb", "x".repeat(254)]) {
      expect(await read("default", name)).toBeUndefined();
    }
    expect(await read("../nodes", "web-0")).toBeUndefined();
    expect(started.kubernetes.countRequests({})).toBe(0);
  });

  test("a refusal rejects with the API server's words", async () => {
    started.kubernetes.access.deny({ resource: "pods", verb: "get" });
    await expect(read("default", "web-0")).rejects.toMatchObject({ status: 403 });
  });

  test("rejects when its signal aborts while the API server is silent", async () => {
    started.kubernetes.faults.hang({ resource: "pods" });
    const deadline = new AbortController();
    const reading = read("default", "web-0", deadline.signal);
    await started.kubernetes.whenRequested({ verb: "get", resource: "pods" });
    deadline.abort(new Error("350 ms are over"));
    await expect(reading).rejects.toThrow("350 ms are over");
  });

  test("rejects while the API server is gone and reads again once it is back", async () => {
    started.kubernetes.workloads.createPod({ name: "web-0" });
    await started.kubernetes.refuseConnections();
    await expect(read("default", "web-0")).rejects.toThrow(/ECONNREFUSED/);
    await started.kubernetes.acceptConnections();
    expect(await read("default", "web-0")).toMatchObject({ name: "web-0" });
  });
});

describe("KubernetesNodeTaints", () => {
  const KEY = "rolecall.dev/agent-not-ready";
  const ours = { key: KEY, effect: "NoSchedule" };
  const other = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
  const remove = () => new KubernetesNodeTaints(started.api).remove("node-1", KEY, never);
  const taints = () => started.kubernetes.workloads.taintsOf("node-1");
  const taint = (...all: readonly Taint[]) => started.kubernetes.workloads.setTaints("node-1", all);

  beforeEach(() => {
    started.kubernetes.workloads.createNode("node-1");
  });

  test("takes the one taint and leaves the others", async () => {
    taint(other, ours, { ...ours, effect: "NoExecute" });
    expect(await remove()).toBe(true);
    expect(taints()).toEqual([other]);
  });

  test("takes the last one", async () => {
    taint(ours);
    expect(await remove()).toBe(true);
    expect(taints()).toEqual([]);
  });

  test("writes nothing where there is none, and never reads", async () => {
    taint(other);
    expect(await remove()).toBe(false);
    expect(started.kubernetes.countRequests({ resource: "nodes", verb: "patch" })).toBe(1);
    expect(started.kubernetes.countRequests({ resource: "nodes", verb: "get" })).toBe(0);
  });

  test("begins anew when the node was changed in between, so that no taint of others is lost", async () => {
    taint(ours);
    started.kubernetes.faults.failNext({ verb: "patch", resource: "nodes", status: 409, times: 2 });
    expect(await remove()).toBe(true);
  });

  test("gives up after the third time, and on any other refusal at once", async () => {
    taint(ours);
    started.kubernetes.faults.failNext({ verb: "patch", resource: "nodes", status: 409, times: 3 });
    await expect(remove()).rejects.toMatchObject({ status: 409 });
    started.kubernetes.access.deny({ resource: "nodes", verb: "patch" });
    await expect(remove()).rejects.toMatchObject({ status: 403 });
  });

  test("what cannot be a name is no node", async () => {
    expect(await new KubernetesNodeTaints(started.api).remove("../pods", KEY, never)).toBe(false);
    expect(started.kubernetes.countRequests({})).toBe(0);
  });
});

describe("missingPermissions", () => {
  test("is empty where everything is allowed", async () => {
    expect(await missingPermissions(started.api, never)).toEqual([]);
  });

  test("names each verb that is missing, the chart value and the rule", async () => {
    started.kubernetes.access.deny({ resource: "pods", verb: "watch" });
    started.kubernetes.access.deny({ resource: "events" });
    expect(await missingPermissions(started.api, never)).toEqual([
      `cannot watch pods: set the chart value rbac.create, or add to the server's ClusterRole {apiGroups: [""], resources: ["pods"], verbs: ["watch"]}`,
      `cannot create events: set the chart value rbac.create, or add to the server's ClusterRole {apiGroups: [""], resources: ["events"], verbs: ["create"]}`,
    ]);
  });

  test("rejects when the API server cannot be asked", async () => {
    await started.kubernetes.refuseConnections();
    await expect(missingPermissions(started.api, never)).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe("KubernetesHttpApi", () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const each of folders.splice(0)) rmSync(each, { recursive: true });
  });

  /** A server's way to the API by an authority in a file of its own, which a test may put another in. */
  function withCaFile(kubernetes: StartedKubernetes["kubernetes"]) {
    const at = mkdtempSync(join(tmpdir(), "rolecall-ca-file-"));
    folders.push(at);
    const write = (pem: string) => writeFileSync(join(at, "ca.pem"), pem);
    write(kubernetes.caPem);
    const config = kubernetes.kubeconfig().replace(/certificate-authority-data: .*/, "certificate-authority: ca.pem");
    writeFileSync(join(at, "kubeconfig"), config);
    const api = new KubernetesHttpApi(loadKubeConfig(join(at, "kubeconfig")));
    const list = (plural: string, signal = never) => api.request({ path: `/api/v1/${plural}`, signal });
    return { write, list };
  }

  test("gives up by its signal, also where connections are taken and nothing is ever said on them", async () => {
    const door = await TcpDoor.open();
    door.leadTo(started.kubernetes.port);
    door.silence();
    const folder = mkdtempSync(join(tmpdir(), "rolecall-silent-"));
    const config = started.kubernetes.kubeconfig().replace(`:${started.kubernetes.port}`, `:${door.port}`);
    writeFileSync(join(folder, "kubeconfig"), config);
    const api = new KubernetesHttpApi(loadKubeConfig(join(folder, "kubeconfig")));
    const giveUp = new AbortController();
    const asked = api.request({ path: "/api/v1/namespaces", signal: giveUp.signal });
    while (door.connections === 0) await new Promise(setImmediate);
    giveUp.abort(new Error("long enough"));
    await expect(asked).rejects.toThrow("long enough");
    await expect(api.request({ path: "/api/v1/namespaces", signal: giveUp.signal })).rejects.toThrow("long enough");
    await door.stop();
    rmSync(folder, { recursive: true });
  });

  test("trusts a certificate authority that was renewed in its file after the first failure", async () => {
    const before = await startKubernetes();
    const { write, list } = withCaFile(before);
    await list("namespaces");
    await before.stop();

    const after = await startKubernetes({ address: { host: "127.0.0.1", port: before.port } });
    after.tokens.set(before.token, { username: "sandbox", groups: ["system:masters"], audiences: [API_AUDIENCE] });
    write(after.caPem);
    await expect(list("namespaces")).rejects.toThrow();
    await expect(list("namespaces")).resolves.toMatchObject({ kind: "NamespaceList" });
    await after.stop();
  });

  test("keeps its connections when a request is given up by whoever asked", async () => {
    const { write, list } = withCaFile(started.kubernetes);
    const end = started.kubernetes.faults.hang({ resource: "pods" });
    const deadline = new AbortController();
    const given = list("pods", deadline.signal);
    await started.kubernetes.whenRequested({ resource: "pods" });
    deadline.abort();
    await expect(given).rejects.toThrow();
    end();
    // With what is in the file now no other connection could be made.
    write((await createAuthority()).certificatePem);
    await expect(list("pods")).resolves.toMatchObject({ kind: "PodList" });
  });

  test("keeps those that it made since a request began that fails now", async () => {
    const { write, list } = withCaFile(started.kubernetes);
    const { faults } = started.kubernetes;
    const fail = faults.hang({ resource: "namespaces" });
    const old = list("namespaces");
    await started.kubernetes.whenRequested({ resource: "namespaces" });
    faults.failNext({ resource: "pods", status: "reset" });
    await expect(list("pods")).rejects.toThrow();
    await list("pods");
    write((await createAuthority()).certificatePem);
    faults.failNext({ resource: "namespaces", status: "reset" });
    fail();
    await expect(old).rejects.toThrow();
    await expect(list("pods")).resolves.toMatchObject({ kind: "PodList" });
  });
});
