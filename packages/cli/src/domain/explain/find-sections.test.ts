import { expect, test } from "@jest/globals";
import { findSections } from "./find-sections.ts";
import { reasonSections } from "./reason-sections.ts";

const SECTIONS = reasonSections(`
# A page

### role-not-permitted

The namespace does not
permit it. Permit it: see the [runbook](runbook.md#x), [below](#y) or [AWS](https://aws.example/).

See: Event \`RoleForbidden\`.

### namespace-policy-missing

It permits nothing: annotate it.

See: Event \`RoleForbidden\`.

## Another chapter

which belongs to no reason
`);

test("a section is all up to the next heading, and its meaning the first sentence", () => {
  expect(SECTIONS.map(({ reason, meaning, events }) => [reason, meaning, events])).toEqual([
    ["role-not-permitted", "The namespace does not permit it.", ["RoleForbidden"]],
    ["namespace-policy-missing", "It permits nothing: annotate it.", ["RoleForbidden"]],
  ]);
  expect(SECTIONS[1]?.text).toBe("It permits nothing: annotate it.\n\nSee: Event `RoleForbidden`.");
});

test("links say where they lead", () => {
  expect(SECTIONS[0]?.text).toContain(
    "runbook (docs/runbook.md#x), below (docs/troubleshooting.md#y) or AWS (https://aws.example/)",
  );
});

const reasons = (asked: string) => {
  const found = findSections(SECTIONS, asked);
  return found.kind === "found" ? found.sections.map(({ reason }) => reason) : found.near;
};

test("a reason has its section, and an Event those of every reason that it stands for", () => {
  expect(reasons("Role-Not-Permitted")).toEqual(["role-not-permitted"]);
  expect(reasons("roleforbidden")).toEqual(["role-not-permitted", "namespace-policy-missing"]);
});

test("what is mistyped is met with what is like it, and nonsense with nothing", () => {
  expect(reasons("not-permited")[0]).toBe("role-not-permitted");
  expect(reasons("policy-missing")).toEqual(["namespace-policy-missing"]);
  expect(reasons("xyz")).toEqual([]);
});
