import { beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger } from "@rolecall/common/telemetry/logger";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import { SharedPki } from "../../test/support/fake-pki.ts";
import { type Attestation, refused } from "../domain/node/attestation.ts";
import { type Undecided, undecided } from "../domain/node/signed-claims.ts";
import type { PkiSettings } from "../domain/pki/pki-settings.ts";
import { IssueNodeCertificate } from "./issue-node-certificate.ts";
import { PeerAudit } from "./peer-audit.ts";

const DAY_MS = 86_400_000;
const SETTINGS: PkiSettings = { authorityLifeMs: 90 * DAY_MS, leafLifeMs: DAY_MS, spreadMs: 3_600_000 };
const signal = new AbortController().signal;

let clock: FakeClock;
let pki: SharedPki;
let lines: string[];
/** What the API server says of a token; an error where it does not answer. */
let verdict: Attestation | Undecided | Error;
let looks: number;
let certificates: IssueNodeCertificate;

beforeEach(async () => {
  clock = new FakeClock();
  pki = new SharedPki();
  lines = [];
  looks = 0;
  verdict = {
    kind: "attested",
    identity: { node: "worker-1", podUid: "uid", expiresAtMs: undefined, proof: "token-review" },
  };
  const { keeper, maker, recorder } = pki.server("a", clock, SETTINGS);
  await keeper.look(signal);
  const log = createLogger("test", "info", (line) => lines.push(line));
  certificates = new IssueNodeCertificate({
    authorities: keeper,
    maker,
    attestation: {
      isKnown: () => false,
      attest: async () => {
        looks += 1;
        if (verdict instanceof Error) throw verdict;
        return verdict;
      },
    },
    audit: new PeerAudit({ clock, recorder: { peerConnected: () => {}, peerCalled: () => {} }, log }),
    settings: SETTINGS,
    clock,
    recorder,
    log,
  });
});

const ask = (token: string | undefined = "a-token") =>
  certificates.issue({ request: Buffer.alloc(0), token, peer: "10.0.0.7:40000", agentVersion: "1.2.3" });

describe("a node's certificate", () => {
  test("is of the node that the token is of, lives a day, and is audited with its serial", async () => {
    expect(await ask()).toEqual({
      kind: "issued",
      certificatePem: "worker-1 by ca-1",
      notAfterMs: clock.nowMs() + DAY_MS,
    });
    expect(JSON.parse(lines[0] ?? "{}")).toMatchObject({
      audit: "certificate",
      node: "worker-1",
      peer: "10.0.0.7:40000",
      agentVersion: "1.2.3",
      certificate: "1",
      notAfter: new Date(clock.nowMs() + DAY_MS).toISOString(),
    });
    expect(lines.join("")).not.toContain("a-token");
  });

  test("is refused with the reason of the token's refusal", async () => {
    verdict = refused("agent-gone", "the pod has ended");
    expect(await ask()).toEqual({ kind: "refused", reason: "agent-gone" });
    expect(JSON.parse(lines[0] ?? "{}")).toMatchObject({ audit: "peer", outcome: "refused", reason: "agent-gone" });
  });

  test("waits while the API server does not answer, and nobody is blamed for it", async () => {
    verdict = new Error("no answer");
    expect(await ask()).toEqual({ kind: "refused", reason: "api-server-unavailable" });
    expect(lines.join("")).not.toContain('"audit"');
  });

  test("waits where the API server cannot be asked and the token's signature decides nothing, with an audit line", async () => {
    verdict = undecided("the token names no node");
    for (let count = 0; count < 40; count += 1) await ask();
    expect(await ask()).toEqual({ kind: "refused", reason: "api-server-unavailable" });
    expect(JSON.parse(lines[0] ?? "{}")).toMatchObject({
      audit: "peer",
      reason: "api-server-unavailable",
      call: "IssueCertificate",
      detail: "the token names no node",
    });
  });

  test("is not signed by an authority that was read too long ago", async () => {
    await clock.advance(5 * 60_000 + 1);
    expect(await ask()).toEqual({ kind: "refused", reason: "no-authority" });
  });

  test("costs the API server nothing from an address that was refused again and again", async () => {
    verdict = refused("token-refused", "not taken");
    for (let count = 0; count < 40; count += 1) await ask();
    expect(looks).toBe(30);
    expect(await ask()).toEqual({ kind: "refused", reason: "too-many-refusals" });
  });
});
