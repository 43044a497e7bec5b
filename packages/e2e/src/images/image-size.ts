import { createReadStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { run } from "../cluster/run.ts";

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
}

/**
 * How much an image takes on a node's disk: its layers, unpacked. Other than an archive's size it is the same whichever
 * tool wrote the archive.
 *
 * @param archive an OCI layout, as `ContainerTool.save` writes it
 */
export async function unpackedBytes(archive: string): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), "rolecall-archive-"));
  try {
    await run("tar", ["--extract", `--file=${archive}`, `--directory=${dir}`]);
    const blob = ({ digest }: Descriptor) => join(dir, "blobs", digest.replace(":", "/"));
    const json = (file: string) => JSON.parse(readFileSync(file, "utf8"));
    const { manifests }: { manifests: readonly [Descriptor] } = json(join(dir, "index.json"));
    const { layers }: { layers: readonly Descriptor[] } = json(blob(manifests[0]));
    let bytes = 0;
    for (const layer of layers) bytes += await countBytes(blob(layer), layer.mediaType.endsWith("gzip"));
    return bytes;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function countBytes(file: string, isCompressed: boolean): Promise<number> {
  let bytes = 0;
  const count = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) bytes += chunk.length;
  };
  const source = createReadStream(file);
  await (isCompressed ? pipeline(source, createGunzip(), count) : pipeline(source, count));
  return bytes;
}
