import { errorMessage } from "@rolecall/common/errors/error-message";
import type { Logger } from "@rolecall/common/telemetry/logger";
import { type Clock, sleep } from "@rolecall/common/time/clock";
import type { TokenMacs } from "../../domain/imds/session-token.ts";
import { readKeyFile, writeKeyFile } from "./key-file.ts";
import { KeyRing, type TokenKey } from "./key-ring.ts";

/** Much longer than a token lives (six hours), so that the key before is enough to check all that are out. */
export const ROTATE_AFTER_MS = 24 * 60 * 60_000;

export interface TokenKeysOptions {
  /** Where the keys outlive the agent's container. */
  readonly file: string;
  readonly clock: Clock;
  /** Unpredictable bytes, from `node:crypto`. */
  readonly randomBytes: (count: number) => Buffer;
  readonly log: Logger;
}

export interface TokenKeys {
  readonly macs: TokenMacs;
  /** Changes the key every day until the signal aborts. */
  rotate(signal: AbortSignal): Promise<void>;
}

/**
 * The keys that sign session tokens, from their file or, where there is none yet, new and written to it. A file that
 * cannot be used is left alone and said in a warning: tokens then end with this process, and pods that hold one get 401
 * until they ask for another.
 */
export async function openTokenKeys({ file, clock, randomBytes, log }: TokenKeysOptions): Promise<TokenKeys> {
  const newKey = (): TokenKey => ({
    id: randomBytes(6).toString("base64url"),
    createdAtMs: clock.nowMs(),
    secret: randomBytes(32),
  });
  const warn = (error: unknown, cure: string) =>
    log.warn({ file, problem: errorMessage(error), cure }, "metadata tokens will not outlive this process");
  const save = (ring: KeyRing) =>
    writeKeyFile(file, ring.keys).catch((error: unknown) =>
      warn(error, "make the directory of --token-key-file exist and be writable by the agent"),
    );

  let usable = true;
  const content = await readKeyFile(file).catch((error: unknown) => {
    usable = false;
    warn(error, "delete the file, or name another with --token-key-file");
    return { kind: "missing" } as const;
  });
  const ring = content.kind === "keys" ? new KeyRing(...content.keys) : new KeyRing(newKey());
  if (content.kind === "missing" && usable) await save(ring);

  return {
    macs: ring,
    async rotate(signal) {
      while (!signal.aborted) {
        const ageMs = clock.nowMs() - (ring.keys[0]?.createdAtMs ?? 0);
        // Up to 65 s later, so that of two agents that share the file one is first and the other finds its key.
        const laterMs = randomBytes(2).readUInt16BE();
        await sleep(clock, Math.max(0, ROTATE_AFTER_MS + laterMs - ageMs), signal);
        if (signal.aborted) return;
        // Two agents of a node share the file while one replaces the other.
        if (await adoptNewer(ring, file)) continue;
        ring.advance(newKey());
        if (usable) await save(ring);
      }
    },
  };
}

/** @returns whether another process has written a newer key */
async function adoptNewer(ring: KeyRing, file: string): Promise<boolean> {
  const content = await readKeyFile(file).catch(() => ({ kind: "missing" }) as const);
  if (content.kind !== "keys" || content.keys[0].createdAtMs <= (ring.keys[0]?.createdAtMs ?? 0)) return false;
  ring.replace(...content.keys);
  return true;
}
