import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createAuthority } from "@rolecall/sandbox/certs/authority";
import type { Cluster } from "../../cluster/cluster.ts";
import type { Pod } from "../../cluster/pods.ts";
import { untilAccountsExist } from "../../support/cluster-waits.ts";
import { eventually } from "../../support/eventually.ts";
import type { Report } from "../../support/report.ts";
import { startCloud } from "../main-path/cloud.ts";
import { AGENT_ACCOUNT, BROKER_PORT, NAMESPACE, Processes } from "../main-path/processes.ts";
import { aNamespace, aPod } from "../main-path/test-pods.ts";
import { Attacker, HEARD_AGAIN_MS, NOT_FOUND, OK, UNAUTHENTICATED, UNAVAILABLE } from "./attacker.ts";

const [OWN, OTHER] = ["worker-1", "worker-2"] as const;

/**
 * Who has taken over a worker, and what that is worth: the server as it is installed, tokens of the real API server, and an
 * attacker who has everything that lies on `worker-1`, and wants what pods of `worker-2` may.
 */
export async function identitySuite(report: Report, cluster: Cluster): Promise<void> {
  const cloud = await startCloud();
  try {
    const processes = await Processes.prepare(cluster, cloud);
    await cluster.apply([aNamespace("shop", "arn:aws:iam::[0-9]+:role/.*")]);
    await untilAccountsExist(cluster, ["shop"]);
    await cluster.apply([
      aPod({ name: "own", role: "own", node: OWN }),
      aPod({ name: "victim", role: "victim", node: OTHER }),
    ]);
    const server = await processes.startServer();
    const log = () => readFileSync(server.logFile, "utf8");
    const attacker = new Attacker(
      { address: `${cluster.node(processes.serverNode).ip}:${BROKER_PORT}`, log },
      processes.authority,
    );
    const pods = await cluster.waitForPods({ namespace: "shop", until: "ready", count: 2 });
    await eventually({ what: "a server that is ready" }, async () => {
      const { status, body } = await processes.admin(processes.serverNode, "/readyz");
      if (status !== 200) throw new Error(body);
      return true;
    });
    await attacks(report, cluster, processes, attacker, pods);
    await report.case("no token and no key was ever logged", () => {
      const secrets = [processes.tokenFileOf(OWN), processes.tokenFileOf(OTHER)].map((file) =>
        readFileSync(file, "utf8"),
      );
      for (const secret of [...secrets, "PRIVATE KEY"]) assert.ok(!log().includes(secret));
    });
    await server.stop();
  } finally {
    await cloud.stop();
  }
}

async function attacks(
  report: Report,
  cluster: Cluster,
  processes: Processes,
  attacker: Attacker,
  pods: readonly Pod[],
): Promise<void> {
  const uidOf = (name: string) => pods.find(({ metadata }) => metadata.name === name)?.metadata.uid ?? "";
  const tokenOn = (node: string) => readFileSync(processes.tokenFileOf(node), "utf8");
  const createToken = async (account: string, args: readonly string[], namespace = NAMESPACE) =>
    (await cluster.kubectl.run(["create", "token", account, `--namespace=${namespace}`, ...args])).trim();
  const boundTo = ({ metadata }: Pod) => [
    "--bound-object-kind=Pod",
    `--bound-object-name=${metadata.name}`,
    `--bound-object-uid=${metadata.uid}`,
  ];
  const agentOn = async (node: string) => {
    const [pod] = (await cluster.waitForPods({ namespace: NAMESPACE, count: 2, until: "ready" })).filter(
      ({ spec }) => spec.nodeName === node,
    );
    if (!pod) throw new Error(`no agent's pod on ${node}`);
    return pod;
  };
  const own = tokenOn(OWN);

  await report.case("an agent's certificate and token open its own node, and are asked for once", async () => {
    const outcomes = await attacker.call(OWN, own, { podUid: uidOf("own"), name: "own" });
    assert.deepEqual(
      outcomes.map(({ code }) => code),
      [OK, OK, OK],
    );
    await attacker.saw({ audit: "peer", outcome: "accepted", node: OWN });
  });

  const fresh = async (account: string, bound: Pod, namespace?: string) =>
    createToken(account, ["--audience=rolecall-server", ...boundTo(bound)], namespace);
  const ofAgent = await fresh(AGENT_ACCOUNT, await agentOn(OWN));
  const ofAnotherAccount = await fresh("default", victim(pods), "shop");

  await report.case("while the API server is silent, a genuine token is taken on its signature alone", async () => {
    await eventually({ what: "the keys of tokens" }, async () => {
      const { body } = await processes.admin(processes.serverNode, "/metrics");
      return /^rolecall_server_token_keys [1-9]/m.test(body);
    });
    await cluster.withSilentApi(async () => {
      const [watched, , reported] = await attacker.call(OWN, ofAgent);
      assert.deepEqual([watched?.code, reported?.code], [OK, OK]);
      await attacker.saw({ audit: "peer", outcome: "accepted", node: OWN, proof: "signature" });
    });
  });

  await report.case("what was taken on a signature is asked of the API server once it answers again", async () => {
    await cluster.kubectl.run(["get", "--raw=/readyz"]);
    const proven = async () => (await processes.admin(processes.serverNode, "/metrics")).body;
    const reviewed = (body: string) =>
      Number(/^rolecall_server_tokens_proven_total\{proof="token-review"\} (\d+)/m.exec(body)?.[1]);
    const before = reviewed(await proven());
    await eventually({ what: "a review of the token", everyMs: 1_000 }, async () => {
      await attacker.call(OWN, ofAgent);
      return reviewed(await proven()) > before;
    });
  });

  await report.case("the agent of one node gets nothing by naming another", async () => {
    attacker.refused(await attacker.call(OTHER, own), UNAUTHENTICATED, "node-mismatch");
    await attacker.saw({ audit: "peer", outcome: "refused", reason: "node-mismatch", node: OTHER, provenNode: OWN });
  });

  for (const [how, asked] of [
    ["by its UID", { podUid: uidOf("victim"), name: "own" }],
    ["by its name", { podUid: randomUUID(), name: "victim" }],
    ["by both", { podUid: uidOf("victim"), name: "victim" }],
    ["by its UID and its address", { podUid: uidOf("victim"), name: "10.244.3.2" }],
  ] as const) {
    await report.case(`another node's pod is not found ${how}, as a pod is that never was`, async () => {
      const [, found] = await attacker.call(OWN, own, asked);
      const [, never] = await attacker.call(OWN, own, { ...asked, podUid: randomUUID() });
      assert.deepEqual(found, { code: NOT_FOUND, reason: "pod-not-found" });
      assert.deepEqual(found, never);
      await attacker.saw({
        audit: "pod",
        outcome: "refused",
        reason: "pod-not-found",
        node: OWN,
        podUid: asked.podUid,
      });
    });
  }

  const forged: readonly (readonly [string, string, () => Promise<string | undefined>])[] = [
    ["no token", "token-missing", async () => undefined],
    ["a token that was made up", "token-refused", async () => "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl"],
    ["a token whose node was rewritten", "token-refused", async () => rewritten(own, OTHER)],
    [
      "a token for the API server itself",
      "token-refused",
      async () => createToken(AGENT_ACCOUNT, boundTo(await agentOn(OTHER))),
    ],
    [
      "a token of another ServiceAccount",
      "not-an-agent",
      async () => createToken("default", ["--audience=rolecall-server", ...boundTo(victim(pods))], "shop"),
    ],
    [
      "a token that is bound to no pod",
      "token-without-pod",
      () => createToken(AGENT_ACCOUNT, ["--audience=rolecall-server"]),
    ],
  ];
  for (const [what, reason, token] of forged) {
    await report.case(`a genuine certificate is worth nothing with ${what}`, async () => {
      attacker.refused(await attacker.call(OTHER, await token()), UNAUTHENTICATED, reason);
      await attacker.saw({ audit: "peer", outcome: "refused", reason, node: OTHER });
    });
  }

  const { authority } = processes;
  const stolen = tokenOn(OTHER);
  const shown: readonly (readonly [string, string, Parameters<Attacker["callAs"]>[0]])[] = [
    ["without a certificate", "certificate-missing", undefined],
    ["with the server's certificate", "certificate-of-another-role", await authority.issue({ role: "server" })],
    ["with an expired certificate", "certificate-expired", await authority.issue({ role: "agent", expired: true })],
    [
      "with a certificate of another authority",
      "certificate-not-trusted",
      await (await createAuthority()).issue({ role: "agent" }),
    ],
    [
      "with a certificate of another trust domain",
      "certificate-of-another-trust-domain",
      await authority.issue({ role: "agent", trustDomain: "other" }),
    ],
  ];
  for (const [how, reason, certificate] of shown) {
    await report.case(`a stolen token is worth nothing ${how}`, async () => {
      const outcomes = await attacker.callAs(certificate, OTHER, stolen);
      assert.deepEqual(new Set(outcomes.map(({ code }) => code)), new Set([UNAVAILABLE]));
      await attacker.saw({ audit: "peer", outcome: "refused", reason });
    });
  }

  await report.case("a stolen token is worth nothing with another node's own certificate", async () => {
    const certificate = await authority.issue({ role: "agent", node: OWN });
    attacker.refused(await attacker.callAs(certificate, OTHER, stolen), UNAUTHENTICATED, "certificate-of-another-node");
  });

  await report.case("nothing is heard by TLS 1.2, nor from a pod that dials the server itself", async () => {
    const { certificatePem: cert, keyPem: key } = await authority.issue({ role: "agent" });
    // What was refused until now may have used up the budget of the attacker's address.
    await eventually({ what: "a server that listens", timeoutMs: 40_000, everyMs: 1_000 }, async () => {
      return (await attacker.shake({ cert, key })) === "heard";
    });
    assert.equal(await attacker.shake({ cert, key, maxVersion: "TLSv1.2" }), "cut off");
    await attacker.saw({ audit: "peer", outcome: "refused", reason: "tls-version" });
    const { stdout } = await cluster.podExec("shop", "own", [process.execPath, "--eval", attacker.dialScript()]);
    assert.equal(stdout.trim(), "cut off");
    await attacker.saw({ audit: "peer", outcome: "refused", reason: "certificate-missing", peer: /^10\.244\./ });
  });

  await report.case("while the API server is silent, a forged token and another account's are found out", async () => {
    await cluster.withSilentApi(async () => {
      for (const [token, reason] of [
        [rewritten(ofAgent, OTHER), "token-refused"],
        [ofAnotherAccount, "not-an-agent"],
      ] as const) {
        // The address has been refused so often by now that it is heard once a second.
        await eventually({ what: `a refusal with ${reason}`, everyMs: 5_000 }, async () => {
          const outcomes = await attacker.call(OTHER, token);
          assert.ok(outcomes.every(({ code }) => code !== OK));
          return outcomes.some((outcome) => outcome.reason === reason);
        });
      }
    });
  });

  await report.case(
    "a feed ends when its agent's pod is deleted, and the token that was left is worth nothing",
    async () => {
      const feed = await attacker.openFeed(OTHER, stolen);
      const agent = await agentOn(OTHER);
      await cluster.kubectl.run(["delete", "pod", agent.metadata.name, `--namespace=${NAMESPACE}`, "--wait=true"]);
      assert.deepEqual(await feed.ended, { code: UNAUTHENTICATED, reason: "agent-gone" });
      await eventually(
        { what: "the refusal of the old token", timeoutMs: HEARD_AGAIN_MS, everyMs: 4_000 },
        async () => {
          const outcomes = await attacker.call(OTHER, stolen);
          return outcomes.every(({ code }) => code === UNAUTHENTICATED);
        },
      );
    },
  );
}

const victim = (pods: readonly Pod[]): Pod => {
  const found = pods.find(({ metadata }) => metadata.name === "victim");
  if (!found) throw new Error("the victim's pod is not there");
  return found;
};

/** A genuine token with another node in it: what it says is changed, and so its signature is wrong. */
function rewritten(token: string, node: string): string {
  const [header = "", claims = "", signature = ""] = token.split(".");
  const changed = Buffer.from(claims, "base64url").toString().replaceAll(OWN, node);
  return [header, Buffer.from(changed).toString("base64url"), signature].join(".");
}
