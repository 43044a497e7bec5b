import { describe, expect, test } from "@jest/globals";
import { readWatchEvent } from "./watch-events.ts";

const project = (object: unknown) => (object as { id?: string } | undefined)?.id;
const read = (event: object | string) =>
  readWatchEvent(typeof event === "string" ? event : JSON.stringify(event), project);
const object = { id: "a", metadata: { resourceVersion: "7" } };

describe("readWatchEvent", () => {
  test.each([
    ["ADDED", "changed"],
    ["MODIFIED", "changed"],
    ["DELETED", "removed"],
  ])("%s is %s", (type, kind) => {
    expect(read({ type, object })).toEqual({ kind, resource: "a", version: "7" });
  });

  test("a bookmark brings a version alone", () => {
    expect(read({ type: "BOOKMARK", object: { metadata: { resourceVersion: "9" } } })).toEqual({
      kind: "bookmark",
      version: "9",
    });
  });

  test("an error keeps the API server's status and words", () => {
    expect(read({ type: "ERROR", object: { code: 410, message: "too old resource version: 1 (5)" } })).toMatchObject({
      kind: "error",
      error: { status: 410, message: "too old resource version: 1 (5)" },
    });
    expect(read({ type: "ERROR" })).toMatchObject({ kind: "error", error: { status: 500 } });
  });

  test.each([
    '{"type":"ADDED","object":{',
    "null",
    "[]",
    "{}",
    '{"type":"ADDED"}',
    '{"type":"RENAMED","object":{"id":"a"}}',
  ])("%s is malformed", (line) => {
    expect(read(line)).toEqual({ kind: "malformed" });
  });
});
