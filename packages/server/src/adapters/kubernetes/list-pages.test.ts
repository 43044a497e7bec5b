import { describe, expect, test } from "@jest/globals";
import { listPages } from "./list-pages.ts";

const words = { name: "words", path: "/words", project: (object: unknown) => (object as { word?: string }).word };

describe("listPages", () => {
  test("asks for pages of 500 until none follows, and starts a watch from the version of the first", async () => {
    const asked: unknown[] = [];
    const pages = [
      { metadata: { resourceVersion: "5", continue: "next" }, items: [{ word: "a" }, {}] },
      { metadata: { resourceVersion: "6", continue: "" }, items: [{ word: "b" }] },
    ];
    const listed = await listPages(words, async (query) => {
      asked.push(query);
      return pages[asked.length - 1];
    });
    expect(asked).toEqual([
      { limit: 500, continue: undefined },
      { limit: 500, continue: "next" },
    ]);
    expect(listed).toEqual({ resources: ["a", "b"], version: "5", malformed: 1 });
  });

  test("an empty list of null items is a list", async () => {
    const listed = await listPages(words, async () => ({ metadata: { resourceVersion: "5" }, items: null }));
    expect(listed).toEqual({ resources: [], version: "5", malformed: 0 });
  });

  test("what has no version cannot be watched from", async () => {
    await expect(listPages(words, async () => ({ items: [] }))).rejects.toThrow("metadata.resourceVersion");
  });
});
