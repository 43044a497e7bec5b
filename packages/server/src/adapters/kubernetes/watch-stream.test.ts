import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { lines } from "./watch-stream.ts";

async function* stream(chunks: readonly Uint8Array[]) {
  yield* chunks;
}

async function linesOf(chunks: readonly Uint8Array[]) {
  let heard = 0;
  const found: string[] = [];
  const onChunk = () => {
    heard += 1;
  };
  for await (const line of lines(stream(chunks), onChunk)) found.push(line);
  return { found, heard };
}

describe("lines", () => {
  test("are the same wherever the stream is cut, within a character too", async () => {
    const text = fc.string({ unit: fc.constantFrom("a", "é", "🙂", "{", '"') });
    await fc.assert(
      fc.asyncProperty(fc.array(text), fc.array(fc.integer({ min: 1, max: 9 })), async (written, sizes) => {
        const bytes = Buffer.from(written.map((line) => `${line}\n`).join(""));
        const chunks: Uint8Array[] = [];
        for (let from = 0, index = 0; from < bytes.length; index++) {
          const size = sizes[index] ?? bytes.length;
          chunks.push(bytes.subarray(from, from + size));
          from += size;
        }
        expect(await linesOf(chunks)).toEqual({ found: written.filter((line) => line !== ""), heard: chunks.length });
      }),
    );
  });

  test("what is cut off by the stream's end is no line", async () => {
    expect((await linesOf([Buffer.from('{"a":1}\n{"b":')])).found).toEqual(['{"a":1}']);
  });
});
