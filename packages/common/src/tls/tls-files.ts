import { readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { errorMessage } from "../errors/error-message.ts";
import { StartupError } from "../errors/startup-error.ts";
import { checkTlsPem, type TlsMaterial, type TlsPem } from "./tls-material.ts";

/** Where a process's TLS material lies. */
export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

export type ReadTlsFiles =
  | { readonly kind: "usable"; readonly material: TlsMaterial }
  /** A line for each problem, naming flag and file. */
  | { readonly kind: "unusable"; readonly problems: readonly string[] };

const PARTS = [
  ["certificate", "certificateFile", "--tls-cert"],
  ["key", "keyFile", "--tls-key"],
  ["ca", "caFile", "--tls-ca"],
] as const;

/**
 * Reads and checks a process's TLS material. Files of one projected volume are read as they belong together: kubelet
 * replaces them all at once by pointing `..data` at another directory, and reading them one by one by their own names
 * could pair a new certificate with an old key.
 */
export function lookAtTlsFiles(files: TlsFiles, nowMs: number): ReadTlsFiles {
  const pem: Partial<Record<keyof TlsPem, Buffer>> = {};
  const problems: string[] = [];
  const generations = new Map<string, string>();
  for (const [part, key, flag] of PARTS) {
    try {
      pem[part] = readFileSync(inOneGeneration(files[key], generations));
    } catch (error) {
      problems.push(`${flag} ${files[key]}: ${errorMessage(error)}`);
    }
  }
  // What could not be read is said already; the rest is checked all the same, so that every problem is told at once.
  const { certificate = EMPTY, key = EMPTY, ca = EMPTY } = pem;
  const checked = checkTlsPem({ certificate, key, ca }, nowMs);
  if (checked.kind === "usable") return checked;
  for (const [part, key, flag] of PARTS) {
    for (const problem of checked.problems) {
      if (problem.part === part && pem[part]) problems.push(`${flag} ${files[key]}: ${problem.detail}`);
    }
  }
  return { kind: "unusable", problems };
}

const EMPTY = Buffer.alloc(0);

/** The path of a file in the directory that `..data` points at now, or its own path in a directory of no kubelet. */
function inOneGeneration(file: string, generations: Map<string, string>): string {
  const directory = dirname(file);
  let generation = generations.get(directory);
  if (generation === undefined) {
    try {
      generation = realpathSync(join(directory, "..data"));
    } catch {
      generation = directory;
    }
    generations.set(directory, generation);
  }
  return join(generation, basename(file));
}

/** @throws StartupError with a line for each file that cannot be used, naming its flag and file */
export function readTlsFiles(files: TlsFiles, nowMs: number): TlsMaterial {
  const read = lookAtTlsFiles(files, nowMs);
  if (read.kind === "unusable") throw new StartupError(read.problems);
  return read.material;
}
