import { expect, test } from "@jest/globals";
import { DENIED_REASONS, FAILED_REASONS, TROUBLE_REASONS } from "@rolecall/common/reasons/reasons";
import { runCommand } from "../src/commands/run-command.ts";

/** The command asks no cluster, so it runs by itself. */
async function explain(...argv: readonly string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const terminal = {
    print: (text: string) => void out.push(text),
    note: (text: string) => void notes.push(text),
    progress: () => {},
    paint: (_style: unknown, text: string) => text,
  };
  const code = await runCommand(["explain", ...argv], { terminal, env: {}, nowMs: () => 0 });
  return { code, out: out.join("\n"), notes: notes.join("\n") };
}

test("every reason is listed with its meaning in one short line", async () => {
  const { code, out } = await explain();
  expect(code).toBe(0);
  const lines = out.split("\n");
  for (const reason of [...DENIED_REASONS, ...FAILED_REASONS, ...TROUBLE_REASONS]) {
    const meaning = lines
      .find((line) => line.startsWith(`${reason} `))
      ?.slice(reason.length)
      .trim();
    expect([reason, meaning]).toEqual([reason, expect.stringMatching(/^[A-Z].{10,119}\.$/)]);
  }
});

test("a reason is explained by what it means, what to change and where it is seen", async () => {
  const { code, out } = await explain("role-not-permitted");
  expect(code).toBe(0);
  expect(out).toMatch(/^role-not-permitted\n\nThe namespace's .*It must match all of it/s);
  expect(out).toMatch(/^See: Event `RoleForbidden`; metric .*RolecallRoleDenied/ms);
});

test("an Event is explained by every reason that it stands for, as JSON too", async () => {
  const { out } = await explain("RoleForbidden", "--output", "json");
  const { reasons } = JSON.parse(out) as { reasons: { reason: string }[] };
  expect(reasons.map(({ reason }) => reason)).toEqual(["namespace-policy-missing", "role-not-permitted"]);
});

test("what is mistyped is answered with what is written like it", async () => {
  const { code, out, notes } = await explain("not-permited");
  expect([code, out]).toEqual([2, ""]);
  expect(notes).toMatch(/^not-permited: no such reason; is it one of role-not-permitted\?$/m);
});
