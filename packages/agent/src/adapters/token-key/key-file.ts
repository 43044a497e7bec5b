import { chmod, open, readFile, rename, rm, stat } from "node:fs/promises";
import * as z from "zod/mini";
import type { TokenKey } from "./key-ring.ts";

/** What a key file yielded. */
export type KeyFileContent =
  | { readonly kind: "keys"; readonly keys: readonly [TokenKey, ...TokenKey[]] }
  | { readonly kind: "missing" };

const SECRET_BYTES = 32;

const storedKey = z.object({
  id: z.string().check(z.regex(/^[A-Za-z0-9_-]{8}$/)),
  createdAt: z.string(),
  secret: z.string(),
});
const storedFile = z.object({
  version: z.literal(1),
  keys: z.array(storedKey).check(z.minLength(1), z.maxLength(2)),
});

/**
 * Reads the keys, newest first, and takes from others the right to read them, had they any.
 *
 * @throws Error with a sentence that holds nothing of the content, when the file cannot be read or is no key file
 */
export async function readKeyFile(path: string): Promise<KeyFileContent> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
    if ((await stat(path)).mode & 0o077) await chmod(path, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { kind: "missing" };
    throw error;
  }
  const stored = storedFile.safeParse(parseJson(text));
  if (!stored.success) throw new Error("is no token key file");
  const [current, ...rest] = stored.data.keys.map((key) => ({
    id: key.id,
    createdAtMs: Date.parse(key.createdAt),
    secret: Buffer.from(key.secret, "base64"),
  }));
  const keys = current && ([current, ...rest] as const);
  if (!keys?.every(({ createdAtMs, secret }) => createdAtMs > 0 && secret.length === SECRET_BYTES))
    throw new Error("holds a malformed key");
  return { kind: "keys", keys: [...keys] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would quote the content.
    return undefined;
  }
}

/** Replaces the file in one step, readable by its owner alone: after a crash it holds the old keys or the new ones. */
export async function writeKeyFile(path: string, keys: readonly TokenKey[]): Promise<void> {
  const content = JSON.stringify({
    version: 1,
    keys: keys.map(({ id, createdAtMs, secret }) => ({
      id,
      createdAt: new Date(createdAtMs).toISOString(),
      secret: secret.toString("base64"),
    })),
  });
  const unfinished = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(unfinished, "w", 0o600);
    try {
      await file.writeFile(`${content}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
