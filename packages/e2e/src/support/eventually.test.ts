import { expect, test } from "@jest/globals";
import { eventually } from "./eventually.ts";

test("attempts go on over failures and empty answers until there is one", async () => {
  const outcomes = [() => undefined, () => false as const, () => Promise.reject(new Error("not yet")), () => 0];
  expect(await eventually({ what: "an answer", everyMs: 0 }, () => outcomes.shift()?.())).toBe(0);
});

test("giving up names what was waited for, and why the last attempt failed", async () => {
  const refused = new Error("connection refused");
  const never = eventually({ what: "a ready API server", timeoutMs: 0 }, () => Promise.reject(refused));
  await expect(never).rejects.toMatchObject({ message: "not in 0 s: a ready API server", cause: refused });
});
