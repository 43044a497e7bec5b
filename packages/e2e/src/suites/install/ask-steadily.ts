// Asks the metadata address for credentials at a fixed rate, as the pod in whose network it runs, until a file appears;
// then prints what came as JSON. No retry: each request stands for a program that starts at that moment.
//
// usage: node ask-steadily.ts ROLE REQUESTS_PER_SECOND STOP_FILE
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { NODE_KEY } from "@rolecall/sandbox/imds/instance";

/** What came of how many requests: `ok`, `node-role`, `refused`, `cut` (the connection ended early), `timeout` or a status. */
export interface Tally {
  readonly counts: Readonly<Record<string, number>>;
  /** From the first request that failed to the last, milliseconds; 0 when none did. */
  readonly failingMs: number;
}

const METADATA = "http://169.254.169.254/latest";
/** The AWS SDKs' own limit. */
const TIMEOUT_MS = 1_000;

const OUTCOME_OF_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "cut",
  UND_ERR_SOCKET: "cut",
};

async function ask(role: string, token: string): Promise<string> {
  try {
    const response = await fetch(`${METADATA}/meta-data/iam/security-credentials/${role}`, {
      headers: { "x-aws-ec2-metadata-token": token, connection: "close" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = await response.text();
    if (body.includes(NODE_KEY.accessKeyId)) return "node-role";
    return response.status === 200 && body.includes('"Success"') ? "ok" : String(response.status);
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError") return "timeout";
    const cause = error instanceof Error ? error.cause : undefined;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    return OUTCOME_OF_CODE[code] ?? code;
  }
}

async function askUntil(role: string, perSecond: number, stopFile: string): Promise<Tally> {
  const token = await fetch(`${METADATA}/api/token`, {
    method: "PUT",
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": "21600" },
  });
  const held = await token.text();
  const counts: Record<string, number> = {};
  let firstFailureMs: number | undefined;
  let lastFailureMs = 0;
  const underWay: Promise<void>[] = [];
  const parent = process.ppid;
  // A run that was cut off must not leave its load behind.
  const isOver = () => existsSync(stopFile) || process.ppid !== parent;
  for (let next = performance.now(); !isOver(); next += 1_000 / perSecond) {
    await delay(Math.max(0, next - performance.now()));
    underWay.push(
      ask(role, held).then((outcome) => {
        counts[outcome] = (counts[outcome] ?? 0) + 1;
        if (outcome === "ok") return;
        lastFailureMs = performance.now();
        firstFailureMs ??= lastFailureMs;
      }),
    );
  }
  await Promise.all(underWay);
  return { counts, failingMs: Math.round(lastFailureMs - (firstFailureMs ?? lastFailureMs)) };
}

if (import.meta.main) {
  const [role = "", perSecond = "20", stopFile = ""] = process.argv.slice(2);
  process.stdout.write(JSON.stringify(await askUntil(role, Number(perSecond), stopFile)));
}
