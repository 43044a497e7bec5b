import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { run } from "../cluster/run.ts";

/**
 * How much an image takes on a node's disk: its layers, unpacked. Other than an archive's size it is the same whichever
 * tool wrote the archive.
 *
 * @param archive of one image, an OCI layout or as `docker save` writes it
 */
export async function unpackedBytes(archive: string): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), "rolecall-archive-"));
  try {
    await run("tar", ["--extract", `--file=${archive}`, `--directory=${dir}`]);
    let bytes = 0;
    for (const layer of layersIn(dir)) bytes += await countBytes(layer);
    return bytes;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Descriptor {
  readonly digest: string;
}

function layersIn(dir: string): readonly string[] {
  const json = (file: string) => JSON.parse(readFileSync(file, "utf8"));
  const dockers = join(dir, "manifest.json");
  if (existsSync(dockers)) {
    const [{ Layers: layers }]: [{ Layers: readonly string[] }] = json(dockers);
    return layers.map((layer) => join(dir, layer));
  }
  const blob = ({ digest }: Descriptor) => join(dir, "blobs", digest.replace(":", "/"));
  const { manifests }: { manifests: readonly [Descriptor] } = json(join(dir, "index.json"));
  const { layers }: { layers: readonly Descriptor[] } = json(blob(manifests[0]));
  return layers.map(blob);
}

const GZIP = Buffer.from([0x1f, 0x8b]);

async function countBytes(file: string): Promise<number> {
  let bytes = 0;
  const count = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) bytes += chunk.length;
  };
  const [start] = await createReadStream(file, { end: GZIP.length - 1 }).toArray();
  const source = createReadStream(file);
  await (GZIP.equals(start) ? pipeline(source, createGunzip(), count) : pipeline(source, count));
  return bytes;
}
