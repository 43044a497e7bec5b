import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { StsCall } from "../../src/sts/request-handler.ts";
import type { Running } from "../../src/system/processes.ts";
import { Harness, type PodOnNode, ROLE_LIST, roleArn, until } from "./harness.ts";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});
afterEach(() => harness.stop());

type AssumeRole = Extract<StsCall, { readonly action: "AssumeRole" }>;
const assumed = (): readonly AssumeRole[] =>
  harness.sandbox.sts.calls.entries.filter((call): call is AssumeRole => call.action === "AssumeRole");

async function withFlags(...flags: readonly string[]) {
  const server = await harness.server({ flags });
  await harness.untilReady(server);
  const agent = await harness.agent({ brokerPort: server.brokerPort });
  await harness.untilReady(agent);
  return { server, agent };
}
const keyOf = async (pod: PodOnNode, agent: Parameters<Harness["ask"]>[1], role: string): Promise<string> => {
  const { body } = await harness.ask(pod, agent, `${ROLE_LIST}${role}`);
  return (JSON.parse(body) as { AccessKeyId: string }).AccessKeyId;
};

describe("session tags", () => {
  test("are not sent where nobody asks for them", async () => {
    const { agent } = await withFlags();
    await keyOf(harness.pod("shop-web"), agent, "shop-web");
    expect(assumed()).toMatchObject([{ tags: {}, transitiveTagKeys: [] }]);
  });

  test("of the workload go with the role, as transitive ones, and its pods share one assumption", async () => {
    const { agent } = await withFlags(
      "--session-tags=kubernetes-service-account,eks-cluster-name,eks-cluster-arn,kubernetes-namespace",
      "--cluster-arn=arn:aws:eks:us-east-1:123456789012:cluster/my-cluster",
    );
    const pods = [harness.pod("shop-web"), harness.pod("shop-web")];
    const keys = await Promise.all(pods.map((pod) => keyOf(pod, agent, "shop-web")));
    expect(new Set(keys).size).toBe(1);
    const tags = {
      "eks-cluster-arn": "arn:aws:eks:us-east-1:123456789012:cluster/my-cluster",
      "eks-cluster-name": "my-cluster",
      "kubernetes-namespace": "shop",
      "kubernetes-service-account": "default",
    };
    expect(assumed()).toMatchObject([{ tags, transitiveTagKeys: Object.keys(tags) }]);
  });

  test("of the pod make an assumption of each pod's own", async () => {
    const { agent } = await withFlags("--session-tags=kubernetes-pod-name,kubernetes-pod-uid");
    const pods = [harness.pod("shop-web"), harness.pod("shop-web")];
    const keys = await Promise.all(pods.map((pod) => keyOf(pod, agent, "shop-web")));
    expect(new Set(keys).size).toBe(2);
    expect(assumed().map(({ tags }) => tags["kubernetes-pod-uid"])).toEqual(pods.map(({ uid }) => uid));
  });
});

describe("a first hop", () => {
  const HUB = "arn:aws:iam::999999999999:role/hub";

  test("is assumed once with its external ID, and assumes pods' roles; short names are of its account", async () => {
    harness.sandbox.sts.roles.set(HUB, { externalId: "shared" });
    harness.sandbox.kubernetes.workloads.createNamespace("hubs", {
      annotations: { "iam.amazonaws.com/permitted": "arn:aws:iam::999999999999:role/.*" },
    });
    const { agent } = await withFlags(
      `--assume-role-arn=${HUB}`,
      "--assume-role-external-id=shared",
      "--assume-role-session-name=my-cluster",
    );
    await keyOf(harness.pod("one", "hubs"), agent, "one");
    await keyOf(harness.pod("two", "hubs"), agent, "two");
    const [hop, ...pods] = assumed();
    expect(hop).toMatchObject({ roleArn: HUB, externalId: "shared", sessionName: "my-cluster" });
    expect(hop?.accessKeyId).not.toMatch(/^ASIA/);
    expect(pods.map(({ roleArn: arn }) => arn)).toEqual(
      ["one", "two"].map((name) => `arn:aws:iam::999999999999:role/${name}`),
    );
    expect(new Set(pods.map(({ accessKeyId }) => accessKeyId.slice(0, 4)))).toEqual(new Set(["ASIA"]));
  });

  test("that is refused is why the server is not ready, in one line, and heals", async () => {
    harness.sandbox.sts.roles.deny(HUB);
    const server = await harness.server({ flags: [`--assume-role-arn=${HUB}`] });
    await until(async () =>
      (await readyz(server)).includes("aws-credentials: GetCallerIdentity: --assume-role-arn: AssumeRole"),
    );
    expect(await readyz(server)).toContain("AccessDenied");
    expect(await (await fetch(`${server.adminUrl}/metrics`)).text()).toContain(
      'rolecall_server_check_passed{check="aws-credentials"} 0',
    );
  });
});

describe.each([
  ["aws-cn", "cn-north-1"],
  ["aws-us-gov", "us-gov-west-1"],
])("in the partition %s", (partition, region) => {
  test("short names, full ARNs and the policy are of it, and STS is asked in its region", async () => {
    const arn = (role: string) => `arn:${partition}:iam::210987654321:role/${role}`;
    harness.sandbox.sts.identities.add(process.env["AWS_ACCESS_KEY_ID"] ?? "AKIAROLECALLSANDBOX0", {
      arn: `arn:${partition}:sts::210987654321:assumed-role/rolecall-server/i-0123456789abcdef0`,
    });
    harness.sandbox.kubernetes.workloads.createNamespace("far", {
      annotations: { "iam.amazonaws.com/permitted": arn("far-.*") },
    });
    const { agent } = await withFlags(`--region=${region}`);
    const [short, full, home] = [
      harness.pod("far-web", "far"),
      harness.pod(arn("far-api"), "far"),
      harness.pod("arn:aws:iam::210987654321:role/far-web", "far"),
    ];
    expect(await harness.ask(short, agent)).toEqual({ status: 200, body: "far-web" });
    expect(await harness.ask(full, agent)).toEqual({ status: 200, body: "far-api" });
    expect(await harness.ask(home, agent)).toEqual({ status: 404, body: "" });
    expect(assumed().map(({ roleArn: asked, region: of }) => [asked, of])).toEqual([
      [arn("far-web"), region],
      [arn("far-api"), region],
    ]);
  });
});

describe("another account's role", () => {
  test("is assumed with the external ID that its trust policy asks for, and refused without", async () => {
    const foreign = "arn:aws:iam::111111111111:role/shared";
    harness.sandbox.sts.roles.set(foreign, { externalId: "tenant-1" });
    const { workloads } = harness.sandbox.kubernetes;
    workloads.createNamespace("partner", { annotations: { "iam.amazonaws.com/permitted": foreign } });
    const { agent } = await withFlags();
    const without = harness.pod(foreign, "partner");
    expect(await harness.ask(without, agent)).toEqual({ status: 503, body: "" });
    workloads.updatePod(without.ref, { metadata: { annotations: { "iam.amazonaws.com/external-id": "tenant-1" } } });
    await until(async () => (await harness.ask(without, agent)).body === "shared");
  });
});

describe("a server without AWS credentials that work", () => {
  test("is not ready, says so in one line, and is ready once STS takes them", async () => {
    const refusing = harness.sandbox.sts.faults.failNext({
      code: "InvalidClientTokenId",
      action: "GetCallerIdentity",
      times: 1_000,
    });
    const server = await harness.server({ flags: [`--role-base-arn=${roleArn("")}`] });
    await until(async () => (await readyz(server)).includes("InvalidClientTokenId"));
    expect(await readyz(server)).toMatch(/^aws-credentials: GetCallerIdentity: .*server\.serviceAccount\.annotations/m);
    refusing();
    await harness.untilReady(server);
    expect(harness.logLines.filter((line) => line.includes('"check":"aws-credentials"'))).toHaveLength(1);
  });
});

const readyz = async ({ adminUrl }: Running) => (await fetch(`${adminUrl}/readyz`)).text();
