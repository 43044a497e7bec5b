import { expect, test } from "@jest/globals";
import { FakeClock } from "@rolecall/sandbox/clock/fake-clock";
import fc from "fast-check";
import { KeyRing } from "../src/adapters/token-key/key-ring.ts";
import { type AnswerMetadata, answerMetadata } from "../src/application/answer-metadata.ts";
import { DEFAULT_LEAVES, metadataCatalogue } from "../src/domain/imds/allow-list.ts";
import { hostAllowList } from "../src/domain/imds/request-hygiene.ts";
import { STATUS_BY_OUTCOME } from "../src/domain/imds/response.ts";
import { SessionTokens } from "../src/domain/imds/session-token.ts";
import { FakeStandings } from "./metadata/pods.ts";
import { SOURCES, type Source, standingOf } from "./metadata/sources.ts";

/** Whatever bytes a client sends, it learns its own pod's secrets at most, and the node is asked for allowed leaves alone. */
const clock = new FakeClock();
const sessionTokens = new SessionTokens(new KeyRing({ id: "testkey0", createdAtMs: 0, secret: Buffer.alloc(32, 9) }));
const standings = new FakeStandings();
for (const source of Object.keys(SOURCES) as Source[])
  standings.set(SOURCES[source], standingOf(source, clock.nowMs()));

const leafReads = new Set<string>();
const answer: AnswerMetadata = answerMetadata({
  standings,
  nodeMetadata: {
    read: async (path) => {
      leafReads.add(path);
      return { kind: "found", body: "leaf" };
    },
  },
  catalogue: metadataCatalogue(DEFAULT_LEAVES),
  hosts: hostAllowList(),
  clock,
  tokens: "optional",
  tokensByNamespace: false,
  sessionTokens,
});

const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const anyBytes = fc.string({ unit: byte });
const piece = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(...["latest", "1.0", "2021-01-03", "meta-data", "dynamic", "user-data", "iam", "info"]),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom("security-credentials", "security-credentials-extended", "identity-credentials"),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom("web", "batch", "node-role", "placement", "region", "api", "token", "document"),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "/",
      "/",
      "/",
      "//",
      "/./",
      "/../",
      "%2f",
      "%2e",
      "%252f",
      "%69am",
      "\\",
      ";x",
      "?",
      "#",
    ),
  },
  { weight: 1, arbitrary: byte },
);
const pathLike = fc.array(piece, { maxLength: 16 }).map((pieces) => `/${pieces.join("")}`);
/** Close enough to be answered with credentials now and then. */
const plausible = fc
  .tuple(
    fc.constantFrom("latest", "1.0"),
    fc.constantFrom("web", "batch", "w%65b", "./web"),
    fc.array(piece, { maxLength: 2 }),
  )
  .map(([version, role, pieces]) => `/${version}/meta-data/iam/security-credentials/${role}${pieces.join("")}`);
const target = fc.oneof(
  anyBytes,
  pathLike,
  plausible,
  anyBytes.map((bytes) => `/latest/${bytes}`),
);
const source = fc.constantFrom<Source>("P", "Q", "N", "host");
const token = fc.oneof(
  fc.constant(undefined),
  anyBytes,
  source.map((owner) => sessionTokens.issue(`pod-${owner.toLowerCase()}`, 60, clock.nowMs())),
);
const method = fc.constantFrom("GET", "GET", "HEAD", "PUT", "POST");

test("no target, method or token yields another's secret", async () => {
  let secretsSeen = 0;
  await fc.assert(
    fc.asyncProperty(target, source, token, method, async (text, from, given, verb) => {
      const { response } = await answer({
        method: verb,
        target: text,
        headers: ["Host", "169.254.169.254", ...(given === undefined ? [] : ["X-aws-ec2-metadata-token", given])],
        hostOptional: false,
        sourceAddress: SOURCES[from],
      });
      expect(response.status).toBe(STATUS_BY_OUTCOME[response.outcome]);
      if (response.status !== 200) expect(response.body).toBe("");
      for (const [, owner] of response.body.matchAll(/secret-key-of-([a-z-]+)"/g)) {
        secretsSeen += 1;
        expect(owner).toBe(`pod-${from.toLowerCase()}`);
        expect(text).toMatch(/^(https?:|\/)/);
      }
    }),
    { numRuns: 5_000 },
  );
  // Else the property would hold of a service that answers nothing.
  expect(secretsSeen).toBeGreaterThan(0);
  for (const path of leafReads) expect(DEFAULT_LEAVES).toContain(path);
});
