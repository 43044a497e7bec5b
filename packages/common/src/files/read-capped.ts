import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { errorMessage } from "../errors/error-message.ts";

export type Read =
  | { readonly kind: "text"; readonly text: string; readonly signature: string; readonly writtenAtMs: number }
  | { readonly kind: "unchanged" }
  | { readonly kind: "absent" }
  /** A directory, a link, a pipe. */
  | { readonly kind: "no-file" }
  | { readonly kind: "too-large"; readonly bytes: number; readonly signature: string }
  | { readonly kind: "unreadable"; readonly detail: string };

/** Reads a small file, unless it still looks as it did when `unlessSignature` was made. */
export async function readCapped(path: string, maxBytes: number, unlessSignature?: string): Promise<Read> {
  let handle: FileHandle | undefined;
  try {
    // Opening a pipe would otherwise wait for its writer.
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile()) return { kind: "no-file" };
    const signature = signatureOf(stats);
    if (signature === unlessSignature) return { kind: "unchanged" };
    if (stats.size > maxBytes) return { kind: "too-large", bytes: stats.size, signature };
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(stats.size), 0, stats.size, 0);
    return { kind: "text", text: buffer.toString("utf8", 0, bytesRead), signature, writtenAtMs: stats.mtimeMs };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return { kind: "absent" };
    if (code === "ELOOP" || code === "ENXIO") return { kind: "no-file" };
    return { kind: "unreadable", detail: errorMessage(error) };
  } finally {
    await handle?.close();
  }
}

const signatureOf = ({ ino, size, mtimeMs, ctimeMs }: Stats): string => [ino, size, mtimeMs, ctimeMs].join(" ");
