import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Harness, ROLE_LIST, roleArn, until } from "./harness.ts";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});
afterEach(() => harness.stop());

const EXTERNAL_ID = "planted-external-id-7f3a";

/** A run in which pods are served, denied and failed, a pod is given another role, and a feed is opened anew. */
async function eventfulRun() {
  const auditFile = harness.sandbox.file("audit.jsonl");
  const flags = ["--log-level=debug"];
  const server = await harness.server({ flags: [...flags, `--audit-log=${auditFile}`] });
  const agent = await harness.agent({ brokerPort: server.brokerPort, flags });
  await harness.untilReady(agent);
  const { workloads } = harness.sandbox.kubernetes;
  harness.sandbox.sts.roles.deny(roleArn("shop-refused"));

  const web = harness.pod("shop-web");
  workloads.updatePod(web.ref, { metadata: { annotations: { "iam.amazonaws.com/external-id": EXTERNAL_ID } } });
  const denied = harness.pod("admin");
  const refused = harness.pod("shop-refused");
  const malformed = harness.pod("arn:aws:iam::12:role/x");
  await until(() => [denied, refused, malformed].every((pod) => harness.events(pod).length > 0));
  const { body } = await harness.ask(web, agent, `${ROLE_LIST}shop-web`);
  await harness.askWithoutToken(web, agent);
  await harness.ask({ ip: "127.0.9.9" }, agent);
  workloads.updatePod(web.ref, { metadata: { annotations: { "iam.amazonaws.com/role": "shop-other" } } });
  await until(() => harness.events(web).includes("RoleChanged"));
  const second = await harness.agent({ brokerPort: server.brokerPort, flags });
  await harness.untilReady(second);
  return { server, agent, credentials: JSON.parse(body) as Record<string, string>, auditFile };
}

const readAll = async (urls: readonly string[]) =>
  (await Promise.all(urls.map(async (url) => (await fetch(url)).text()))).join("\n");

test("no secret is in any log line, metric, Event, audit line or answer to people, at debug", async () => {
  const { server, agent, credentials, auditFile } = await eventfulRun();
  const { sandbox } = harness;
  const keyOf = (name: string) => readFileSync(sandbox.file(name), "utf8").split("\n")[1] ?? "";
  const secrets = {
    "a secret access key": credentials["SecretAccessKey"],
    "a session token": credentials["Token"],
    "the agent's bearer token": readFileSync(sandbox.file("token-worker-1"), "utf8"),
    "the key of metadata tokens": readFileSync(sandbox.file("token-key-worker-1"), "utf8").slice(0, 32),
    "the server's private key": keyOf("server.key"),
    "the agent's private key": keyOf("agent.key"),
    "the server's own secret key": process.env["AWS_SECRET_ACCESS_KEY"],
    "an external ID": EXTERNAL_ID,
  };
  const said = {
    logs: harness.logLines.join("\n"),
    metrics: await readAll([`${server.adminUrl}/metrics`, `${agent.adminUrl}/metrics`]),
    readiness: await readAll([`${server.adminUrl}/readyz`, `${agent.adminUrl}/readyz`]),
    Events: JSON.stringify(sandbox.kubernetes.workloads.events()),
    fleet: await readAll([`${server.localApiUrl}/api/v1/fleet`, `${server.localApiUrl}/api/v1/pods/shop/pod-1`]),
    audit: readFileSync(auditFile, "utf8"),
  };
  for (const [where, text] of Object.entries(said)) {
    expect([where, text.length > 10 || where === "readiness"]).toEqual([where, true]);
    for (const [what, secret] of Object.entries(secrets)) {
      expect(secret?.length).toBeGreaterThan(8);
      expect([what, where, text.includes(secret ?? "")]).toEqual([what, where, false]);
    }
  }
});

test("docs/logs.md names every field that is logged, with the type it has", async () => {
  await eventfulRun();
  const page = readFileSync(new URL("../../../../docs/logs.md", import.meta.url), "utf8");
  const [logs = "", audit = ""] = page.split("## Audit");
  const documented = new Map([...logs.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name, type]) => [name, type]));
  expect(audit).not.toBe("");
  const logged = new Map<string, string>();
  for (const line of harness.logLines) {
    for (const [name, value] of Object.entries(JSON.parse(line) as Record<string, unknown>)) {
      const type = Array.isArray(value) ? "array" : typeof value;
      expect([name, logged.get(name) ?? type]).toEqual([name, type]);
      logged.set(name, type);
    }
  }
  expect(logged.size).toBeGreaterThan(15);
  for (const [name, type] of logged) expect([name, documented.get(name)]).toEqual([name, type]);
});

test("the audit log has a line for each hand-out, with the pods, the node and STS's request", async () => {
  const { auditFile } = await eventfulRun();
  const lines = readFileSync(auditFile, "utf8").trim().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(entries.map(({ roleArn: arn }) => arn)).toEqual(
    expect.arrayContaining([roleArn("shop-web"), roleArn("shop-other")]),
  );
  for (const entry of entries) {
    expect(entry).toMatchObject({
      audit: "credentials-handed-out",
      node: "worker-1",
      pods: [{ uid: expect.any(String), namespace: "shop", name: "pod-1" }],
      stsRequestId: expect.stringMatching(/^[\w-]{8,}$/),
      expiration: expect.stringMatching(/Z$/),
    });
  }
  expect(entries.filter(({ roleArn: arn }) => arn === roleArn("shop-other"))).toHaveLength(1);
  expect(entries.some(({ hasExternalId }) => hasExternalId === true)).toBe(true);
});
