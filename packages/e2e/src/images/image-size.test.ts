import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { unpackedBytes } from "./image-size.ts";

describe("an image's size is that of its layers, unpacked,", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "rolecall-image-size-"));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  function anArchive(files: Readonly<Record<string, Buffer | object>>): string {
    const root = join(dir, "root");
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), Buffer.isBuffer(content) ? content : JSON.stringify(content));
    }
    const archive = join(dir, "image.tar");
    execFileSync("tar", ["--create", `--file=${archive}`, `--directory=${root}`, "."]);
    return archive;
  }

  test("in an OCI layout, whose layers may be compressed", async () => {
    const archive = anArchive({
      "index.json": { manifests: [{ digest: "sha256:aa" }] },
      "blobs/sha256/aa": { layers: [{ digest: "sha256:bb" }, { digest: "sha256:cc" }] },
      "blobs/sha256/bb": gzipSync(Buffer.alloc(100_000)),
      "blobs/sha256/cc": Buffer.alloc(5_000),
    });
    expect(await unpackedBytes(archive)).toBe(105_000);
  });

  test("in what Docker saves", async () => {
    const archive = anArchive({
      "manifest.json": [{ Layers: ["aa/layer.tar", "bb/layer.tar"] }],
      "aa/layer.tar": Buffer.alloc(20_000),
      "bb/layer.tar": Buffer.alloc(300),
    });
    expect(await unpackedBytes(archive)).toBe(20_300);
  });
});
