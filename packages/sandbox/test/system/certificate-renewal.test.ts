import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { type Authority, createAuthority } from "../../src/certs/authority.ts";
import { IssuedSecret } from "../../src/certs/issued-secret.ts";
import type { RunningAgent, RunningServer } from "../../src/system/processes.ts";
import { Harness, type PodOnNode, ROLE_LIST, until } from "./harness.ts";

jest.setTimeout(60_000);

let harness: Harness;
let authority: Authority;
let ofServer: IssuedSecret;
let ofAgent: IssuedSecret;
let server: RunningServer;
let agent: RunningAgent;

beforeEach(async () => {
  harness = await Harness.start();
  authority = await createAuthority();
  ofServer = await IssuedSecret.issue(harness.sandbox.file("server-tls"), authority, { role: "server" });
  ofAgent = await IssuedSecret.issue(harness.sandbox.file("agent-tls"), authority, { role: "agent" });
  server = await harness.server({ flags: ofServer.flags });
  agent = await harness.agent({ brokerPort: server.brokerPort, flags: ofAgent.flags });
  await harness.untilReady(agent);
});
afterEach(() => harness.stop());

const lines = (text: string) => harness.logLines.filter((line) => line.includes(text));
const serialOf = ({ volume }: IssuedSecret) => new X509Certificate(readFileSync(volume.file("tls.crt"))).serialNumber;
/** The certificate that the agent's last connection was let in with. */
const shownByAgent = () =>
  (JSON.parse(lines("accepted a peer").at(-1) ?? "{}") as { certificate?: string }).certificate;

/** The certificate that the server shows now. */
const shownByServer = (): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      { host: "127.0.0.1", port: server.brokerPort, rejectUnauthorized: false, ALPNProtocols: ["h2"] },
      () => {
        resolve(socket.getPeerX509Certificate()?.serialNumber);
        socket.destroy();
      },
    );
    socket.on("error", reject);
  });

const hasRole = async (pod: PodOnNode) => (await harness.ask(pod, agent, `${ROLE_LIST}shop-web`)).status === 200;

/** Lets a pod ask for its role without pause while something is done; gives what was not answered with credentials. */
async function underLoad(pod: PodOnNode, act: () => Promise<void>) {
  let asked = 0;
  const failed: number[] = [];
  let over = false;
  const load = (async () => {
    while (!over) {
      const { status } = await harness.ask(pod, agent, `${ROLE_LIST}shop-web`);
      asked += 1;
      if (status !== 200) failed.push(status);
    }
  })();
  await act();
  over = true;
  await load;
  return { asked, failed };
}

/** Renews one side's Secret, waits until its process has taken it, and has every connection made anew. */
async function renew(secret: IssuedSecret, process: RunningAgent | RunningServer, trusted?: string, by = authority) {
  const taken = lines("took new TLS material").length;
  await secret.renew(by, trusted);
  await until(() => lines("took new TLS material").length > taken);
  const live = lines("the node feed is live").length;
  process.rotateNow();
  await until(() => lines("the node feed is live").length > live);
}

test("six renewals of each Secret under load: no request fails, each feed resumes at once, both ends are current", async () => {
  const pod = harness.pod("shop-web");
  await until(() => hasRole(pod));
  const { asked, failed } = await underLoad(pod, async () => {
    for (let round = 0; round < 6; round += 1) {
      await renew(ofServer, server);
      await renew(ofAgent, agent);
      expect(await shownByServer()).toBe(serialOf(ofServer));
      await until(() => shownByAgent() === serialOf(ofAgent));
      // The feed that came with it carries news.
      const next = harness.pod("shop-web");
      await until(() => hasRole(next));
    }
  });
  expect(failed).toEqual([]);
  expect(asked).toBeGreaterThan(100);
  const ends = lines("the node feed ended").map((line) => (JSON.parse(line) as { inMs: number }).inMs);
  expect(Math.max(...ends)).toBeLessThanOrEqual(200);
  // `shownByServer` looks at the server's certificate without one of its own.
  const own = /certificate-missing|handshake-broken-off/;
  expect(lines("refused a peer").filter((line) => !own.test(line))).toEqual([]);
});

test("a new authority under load, in three steps: trusted by both, used by both, the old one no longer trusted", async () => {
  const pod = harness.pod("shop-web");
  await until(() => hasRole(pod));
  const young = await createAuthority();
  const both = authority.certificatePem + young.certificatePem;
  const { failed } = await underLoad(pod, async () => {
    for (const [by, trusted] of [
      [authority, both],
      [young, both],
      [young, young.certificatePem],
    ] as const) {
      await renew(ofServer, server, trusted, by);
      await renew(ofAgent, agent, trusted, by);
    }
  });
  expect(failed).toEqual([]);
  const next = harness.pod("shop-web");
  await until(() => hasRole(next));
  await until(() => shownByAgent() === serialOf(ofAgent));
});

test("connections that nobody ends are made anew with current certificates when they have reached their age", async () => {
  await server.stop();
  await agent.stop();
  server = await harness.server({ flags: ofServer.flags });
  agent = await harness.agent({
    brokerPort: server.brokerPort,
    flags: [...ofAgent.flags, "--max-connection-age=10s"],
    random: () => 0,
  });
  await harness.untilReady(agent);
  await ofAgent.renew(authority);
  await until(() => shownByAgent() === serialOf(ofAgent));
});

test("a Secret that cannot be used changes nothing but a line and a metric", async () => {
  const before = serialOf(ofServer);
  ofServer.volume.write({
    "tls.crt": readFileSync(ofServer.volume.file("tls.crt"), "utf8"),
    "tls.key": readFileSync(ofAgent.volume.file("tls.key"), "utf8"),
    "ca.crt": authority.certificatePem,
  });
  await until(() => lines("the TLS files cannot be used").length > 0);
  expect(lines("the TLS files cannot be used")[0]).toContain(ofServer.volume.file("tls.key"));
  expect(await shownByServer()).toBe(before);
  const metrics = await (await fetch(`${server.adminUrl}/metrics`)).text();
  expect(metrics).toContain("rolecall_server_tls_files_usable 0");
  expect(metrics).toContain('rolecall_server_tls_reloads_total{outcome="refused"} 1');
  await ofServer.renew(authority);
  await until(async () => (await shownByServer()) === serialOf(ofServer));
});
