import { beforeEach, expect, test } from "@jest/globals";
import { anAssumption, aPod, credentialsFrom, roleArn } from "../../test/support/makers.ts";
import { AuditHandOuts } from "./audit-hand-outs.ts";
import type { HandOut } from "./ports/audit-log.ts";

let written: HandOut[];
let trail: AuditHandOuts;
const assumption = anAssumption();
const first = { ...credentialsFrom(0), stsRequestId: "request-1" };
const second = { ...credentialsFrom(1_000), stsRequestId: "request-2" };
const [web, api] = [aPod({ uid: "web" }), aPod({ uid: "api" })];
const uids = () => written.map(({ pods }) => pods.map(({ uid }) => uid));

beforeEach(() => {
  written = [];
  trail = new AuditHandOuts({ write: (handOut) => written.push(handOut) });
});

test("credentials are written down with the node, its pods and STS's request, and without what is secret", () => {
  trail.handedOut("worker-1", [web, api], assumption, first);
  expect(written).toEqual([
    {
      node: "worker-1",
      pods: [web, api].map(({ uid, namespace, name }) => ({ uid, namespace, name })),
      assumption,
      expiresAtMs: first.expiresAtMs,
      stsRequestId: "request-1",
    },
  ]);
  expect(JSON.stringify(written)).not.toContain(first.secretAccessKey);
});

test("a node that connects anew and is told the same is not written down again", () => {
  for (let connections = 0; connections < 3; connections += 1) trail.handedOut("worker-1", [web], assumption, first);
  expect(uids()).toEqual([["web"]]);
});

test("a refresh is, and a pod that comes to share what is held, alone", () => {
  trail.handedOut("worker-1", [web], assumption, first);
  trail.handedOut("worker-1", [web, api], assumption, first);
  trail.handedOut("worker-1", [web, api], assumption, second);
  expect(uids()).toEqual([["web"], ["api"], ["web", "api"]]);
});

test("another role is another issuance, though it expires at the same moment", () => {
  trail.handedOut("worker-1", [web], assumption, first);
  trail.handedOut("worker-1", [web], anAssumption({ roleArn: roleArn("other") }), first);
  expect(written).toHaveLength(2);
});

test("nothing is remembered of a pod that is gone", () => {
  trail.handedOut("worker-1", [web], assumption, first);
  trail.forget("web");
  trail.handedOut("worker-1", [web], assumption, first);
  expect(written).toHaveLength(2);
});
