import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { dumpYaml, loadYaml } from "@kubernetes/client-node";
import { agentPod, agentPodOn } from "../../sandbox/src/system/agent-tokens.ts";
import { Harness, NODE, roleArn, until } from "../../sandbox/test/system/harness.ts";
import { runCommand } from "../src/commands/run-command.ts";

let harness: Harness;
let urls: string[];

beforeEach(async () => {
  harness = await Harness.start();
  urls = [];
});
afterEach(() => harness.stop());

interface Said {
  readonly code: number;
  readonly out: string;
  readonly notes: string;
}

/** Runs the command as a person would, against the sandbox's cluster. */
async function rolecall(...argv: readonly string[]): Promise<Said> {
  const out: string[] = [];
  const notes: string[] = [];
  const code = await runCommand(
    [
      ...argv,
      `--kubeconfig=${harness.sandbox.file("kubeconfig")}`,
      ...(urls.length > 0 ? [`--server-url=${urls}`] : []),
    ],
    {
      terminal: {
        print: (text) => void out.push(text),
        note: (text) => void notes.push(text),
        progress: () => {},
        paint: (_style, text) => text,
      },
      env: {},
      nowMs: Date.now,
    },
  );
  return { code, out: out.join("\n"), notes: notes.join("\n") };
}

/** What kubelet says of the agent's pod. */
function agentIsReady(ready = true): void {
  const { kubernetes } = harness.sandbox;
  agentPod(kubernetes, NODE);
  kubernetes.workloads.updatePod(agentPodOn(NODE), {
    status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  });
}

async function both() {
  const running = await harness.both();
  urls.push(running.server.localApiUrl);
  agentIsReady();
  return running;
}

describe("verify pod", () => {
  test("follows a healthy pod to what its SDK is given", async () => {
    await both();
    const { ref } = harness.pod("shop-web");
    let said = await rolecall("verify", "pod", ref);
    await until(async () => {
      said = await rolecall("verify", "pod", ref);
      return said.out.includes("an SDK in the pod");
    });
    expect(said.out).toMatch(/^ok +annotation +asks for shop-web$/m);
    expect(said.out).toMatch(/^ok +trust +the servers hold credentials until 20/m);
    expect(said.out).toMatch(/^ok +node feed +the agent of worker-1 is connected/m);
    expect(said.out).toContain(`is given ${roleArn("shop-web")} as shop.default`);
  });

  test.each([
    ["without an annotation", undefined, "shop", "annotation", "has no annotation iam.amazonaws.com/role"],
    ["with a malformed ARN", "arn:aws:iam::1:role/x", "shop", "annotation", "#role-reference-malformed"],
    ["in a namespace that permits nothing", "shop-web", "lab", "namespace policy", "#namespace-policy-missing"],
    ["with a role that is not permitted", "admin", "shop", "role", "#role-not-permitted"],
  ])("ends at the step that denies a pod %s, with the fix", async (_how, role, namespace, step, says) => {
    await both();
    const { ref } = harness.pod(role, namespace);
    const { code, out } = await rolecall("verify", "pod", ref);
    expect(code).toBe(1);
    const lines = out.split("\n");
    expect(lines.at(-2)).toMatch(new RegExp(`^FAILED +${step} `));
    expect(lines.at(-1)).toMatch(/^ +Fix: /);
    expect(out).toContain(says);
  });

  test("names the trust statement that a role lacks, and tries again when told to", async () => {
    await both();
    harness.sandbox.sts.roles.deny(roleArn("shop-web"));
    const { ref } = harness.pod("shop-web");
    let said = await rolecall("verify", "pod", ref);
    await until(async () => {
      said = await rolecall("verify", "pod", ref);
      return said.out.includes("FAILED");
    });
    expect(said.code).toBe(1);
    expect(said.out).toMatch(/FAILED +trust +STS gives no credentials: .*shop-web/);
    expect(said.out).toMatch(
      /trust policy needs \{"Effect":"Allow","Principal":\{"AWS":"arn:aws:iam::123456789012:role/,
    );
    harness.sandbox.sts.roles.allow(roleArn("shop-web"));
    expect((await rolecall("verify", "pod", ref, "--try")).out).toMatch(/^ok +trust +STS gave credentials just now/m);
  });

  test("warns of a server whose clock is off, and is good all the same", async () => {
    harness.sandbox.sts.faults.skewMs = 600_000;
    await both();
    const { ref } = harness.pod("shop-web");
    let said = await rolecall("verify", "pod", ref);
    await until(async () => {
      said = await rolecall("verify", "pod", ref);
      // Not before the agent has reported is every step known.
      return said.code === 0;
    });
    expect(said.out).toContain("an SDK in the pod");
    expect(said.out).toMatch(/^warn +trust +.*but the clock of the server .* is \d+ s behind that of AWS$/m);
    expect(said.out).toMatch(/^ +Fix: Set the clock .*rolecall explain sts-clock-skew/m);
  });

  test("says that no agent runs on the pod's node", async () => {
    const server = await harness.server();
    urls.push(server.localApiUrl);
    await harness.untilReady(server);
    const { ref } = harness.pod("shop-web");
    let said = await rolecall("verify", "pod", ref);
    await until(async () => {
      said = await rolecall("verify", "pod", ref);
      return said.out.includes("node feed");
    });
    expect(said.code).toBe(1);
    expect(said.out).toMatch(/FAILED +node feed +no agent runs on worker-1/);
  });

  test("says why the servers refuse whoever dials them from the pod's node", async () => {
    const server = await harness.server();
    urls.push(server.localApiUrl);
    await harness.untilReady(server);
    agentIsReady();
    harness.sandbox.kubernetes.workloads.updatePod(agentPodOn(NODE), { status: { podIPs: [{ ip: "127.0.0.1" }] } });
    const { ref } = harness.pod("shop-web");
    let said = await rolecall("verify", "pod", ref);
    await until(async () => {
      const dialled = connect(server.brokerPort, "127.0.0.1", () => dialled.write("no TLS at all"));
      await once(dialled.on("error", () => {}).resume(), "close");
      said = await rolecall("verify", "pod", ref);
      return said.out.includes("refused");
    });
    expect(said.code).toBe(1);
    expect(said.out).toMatch(/FAILED +node feed +.* refused who dialled it from worker-1 at 20.*: not-tls$/m);
  });

  test("says what the Kubernetes API alone tells where no server is there", async () => {
    agentIsReady();
    const denied = await rolecall("verify", "pod", harness.pod("shop-web", "lab").ref);
    expect([denied.code, denied.out]).toEqual([1, expect.stringMatching(/FAILED +namespace policy/)]);
    const full = await rolecall("verify", "pod", harness.pod(roleArn("admin")).ref);
    expect([full.code, full.out]).toEqual([1, expect.stringMatching(/FAILED +role /)]);
    const short = await rolecall("verify", "pod", harness.pod("shop-web").ref);
    expect(short.code).toBe(2);
    expect(short.out).toMatch(/\? +role +the ARN is not known/);
    expect(short.out).toMatch(/\? +grant +there is no server to ask/);
  });

  test("answers as JSON too", async () => {
    await both();
    const { code, out } = await rolecall("verify", "pod", "shop/nobody", "-o", "json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      pod: "shop/nobody",
      hops: [{ name: "annotation", outcome: "failed", says: "there is no pod shop/nobody" }],
    });
  });
});

describe("status", () => {
  test("is good where every pod has its role, and not where one has not", async () => {
    await both();
    harness.pod("shop-web");
    let said = await rolecall("status");
    await until(async () => {
      said = await rolecall("status");
      return said.out.includes("fresh");
    });
    expect(said).toMatchObject({ code: 0, out: expect.stringContaining("Nothing is wrong.") });
    expect(said.out).toMatch(/^worker-1 +0\.1\.0 +20/m);
    harness.pod("admin");
    await until(async () => (await rolecall("status")).code === 1);
    expect((await rolecall("status")).out).toContain("pod shop/pod-2: role-not-permitted");
  });

  test("joins what two servers know", async () => {
    const { server } = await both();
    const other = await harness.server();
    urls.push(other.localApiUrl);
    await harness.untilReady(other);
    const { ref } = harness.pod("shop-web");
    const fleet = async () => JSON.parse((await rolecall("status", "-o", "json")).out);
    await until(async () => (await fleet()).fleet.assumptions[0]?.state === "fresh");
    expect(await fleet()).toMatchObject({
      answered: 2,
      problems: [],
      fleet: { nodes: [{ node: NODE }], pods: [{ name: ref.split("/")[1] }], assumptions: [{ state: "fresh" }] },
    });
    await server.stop();
    const { code, out } = await rolecall("status");
    expect([code, out]).toEqual([1, expect.stringContaining(`server ${server.localApiUrl}: `)]);
  });

  test("is unusable where no server answers, and says where it looked", async () => {
    const { code, out, notes } = await rolecall("status", "-n", "elsewhere");
    expect([code, out]).toEqual([2, ""]);
    expect(notes).toContain("no server of the namespace elsewhere");
  });
});

describe("doctor", () => {
  test("checks a cluster where nothing is installed, and says what is missing", async () => {
    harness.pod("web", "lab");
    const { code, out } = await rolecall("doctor", "-n", "elsewhere");
    expect(code).toBe(1);
    expect(out).toMatch(/^ok +Kubernetes +v1\.\d+/m);
    expect(out).toMatch(/^ok +your rights /m);
    expect(out).toMatch(/^FAILED +namespace +there is no namespace elsewhere$/m);
    expect(out).toMatch(/^FAILED +servers' nodes /m);
    expect(out).toMatch(/^FAILED +namespaces +lab: pods ask for a role/m);
  });

  test("names a right that is missing", async () => {
    harness.sandbox.kubernetes.access.deny({ resource: "namespaces", verb: "list" });
    const { out } = await rolecall("doctor");
    expect(out).toMatch(/^warn +your rights +you may not list namespaces/m);
    expect(out).toMatch(/^\? +namespaces +could not be read: /m);
  });
});

describe("policy generate", () => {
  test("allows the roles that pods are granted, and has them trust the servers' role", async () => {
    await both();
    harness.pod("shop-web");
    harness.pod("shop-web");
    harness.pod(roleArn("shop-team/api"));
    harness.pod("admin");
    const { code, out, notes } = await rolecall("policy", "generate");
    expect([code, notes]).toEqual([
      0,
      expect.stringContaining("left out, as it is denied: shop/pod-4: role-not-permitted"),
    ]);
    const { serverPolicy, trustPolicies } = JSON.parse(out);
    expect(serverPolicy.Statement).toEqual([
      {
        Sid: "AssumePodRoles",
        Effect: "Allow",
        Action: ["sts:AssumeRole"],
        Resource: [roleArn("shop-team/api"), roleArn("shop-web")],
      },
    ]);
    expect(trustPolicies[roleArn("shop-web")].Statement[0].Principal.AWS).toMatch(/^arn:aws:iam::123456789012:role\//);
    const terraform = await rolecall("policy", "generate", "-o", "terraform", "--session-tags");
    expect(terraform.out).toContain('data "aws_iam_policy_document" "trust_shop-web"');
    expect(terraform.out).toContain('"sts:TagSession"');
  });

  test("knows short role names before anything is installed, where it is told their account and the servers' role", async () => {
    harness.pod("shop-web");
    const before = await rolecall("policy", "generate");
    expect([before.code, before.notes]).toEqual([2, expect.stringContaining("--role-base-arn")]);
    const { code, out } = await rolecall(
      "policy",
      "generate",
      `--role-base-arn=${roleArn("")}`,
      `--server-role=${roleArn("rolecall-server")}`,
    );
    expect(code).toBe(0);
    const { serverPolicy, trustPolicies } = JSON.parse(out);
    expect(serverPolicy.Statement[0].Resource).toEqual([roleArn("shop-web")]);
    expect(trustPolicies[roleArn("shop-web")].Statement[0].Principal.AWS).toBe(roleArn("rolecall-server"));
  });

  test("names the namespaces that count by kube2iam's annotation alone, which a server may not heed", async () => {
    harness.sandbox.kubernetes.workloads.createNamespace("old", {
      annotations: { "iam.amazonaws.com/allowed-roles": '["*"]' },
    });
    const { notes } = await rolecall("policy", "generate", `--role-base-arn=${roleArn("")}`);
    expect(notes).toContain("namespacePolicy.allowedRoles: old");
  });

  test("has nothing to say where no pod is granted a role", async () => {
    expect(await rolecall("policy", "generate")).toMatchObject({ code: 2, out: "" });
  });
});

test("a user whose token comes from an exec plugin, as of aws eks get-token, is let in", async () => {
  const own = loadYaml<{ users: { user: { token: string } }[] }>(
    readFileSync(harness.sandbox.file("kubeconfig"), "utf8"),
  );
  const { token } = own.users[0]?.user ?? {};
  const credential = { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token } };
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: process.execPath,
    args: ["--eval", `console.log(${JSON.stringify(JSON.stringify(credential))})`],
    interactiveMode: "Never",
  };
  const users = own.users.map((each) => ({ ...each, user: { exec } }));
  writeFileSync(harness.sandbox.file("kubeconfig"), dumpYaml({ ...own, users }));
  const { code, out } = await rolecall("verify", "pod", harness.pod("shop-web", "lab").ref);
  expect([code, out]).toEqual([1, expect.stringMatching(/FAILED +namespace policy/)]);
});

describe("what cannot be used ends with 2 and the fix", () => {
  test.each([
    [["frobnicate"], "no such command"],
    [["verify", "pod"], "NAMESPACE/NAME must be given"],
    [["verify", "pod", "web"], "must be NAMESPACE/NAME"],
    [["status", "-o", "yaml"], "--output=yaml: must be one of text, json"],
    [["policy", "generate", "--role-base-arn=123456789012"], "--role-base-arn must have the form arn:aws:iam::"],
    [["status", "--context", "nowhere"], "--context nowhere: there is none of that name"],
  ])("%s", async (argv, says) => {
    const { code, notes } = await rolecall(...argv);
    expect([code, notes]).toEqual([2, expect.stringContaining(says)]);
  });
});
