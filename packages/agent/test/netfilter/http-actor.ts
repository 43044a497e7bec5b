/** The pods, agents and metadata services of the lab; speaks JSON lines. */
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { replaceFile } from "../../src/adapters/exchange/replace-file.ts";

const [role, host = "", port = "0", name = "", directory = "", isLoaded = "true"] = process.argv.slice(2);
const say = (fact: unknown) => process.stdout.write(`${JSON.stringify(fact)}\n`);

/** Answers with who it is and whom it saw. */
function serve(): void {
  const server = createServer((incoming, response) =>
    response.end(JSON.stringify({ by: name, source: incoming.socket.remoteAddress })),
  );
  server.keepAliveTimeout = 600_000;
  server.listen(Number(port), host, () => say("listening"));
}

/** Listens as an agent does, on another port where its own is taken, and tells its keeper. */
async function announce(): Promise<void> {
  const server = createServer((_, response) => response.end(JSON.stringify({ by: name })));
  server.keepAliveTimeout = 600_000;
  const listen = (at: number) =>
    new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once("error", resolve);
      server.listen(at, host, () => resolve(undefined));
    });
  for (let at = Number(port); ; ) {
    const problem = await listen(at);
    if (problem === undefined) break;
    if (problem.code === "EADDRINUSE") at = 0;
    // The keeper makes the address.
    else await delay(20);
  }
  const bound = server.address() as AddressInfo;
  const target = { instance: name, startedAtMs: Date.now(), port: bound.port, isLoaded: isLoaded === "true" };
  replaceFile(join(directory, "target.json"), JSON.stringify(target));
  say(bound.port);
}

/**
 * Asks 400 times a second, eight at a time, and says at each line who answered how often since the last. Not as fast as it
 * could: a source port that comes again within 10 s of a refusal is refused by the kernel's memory of that connection.
 */
function hammer(): void {
  let tally: Record<string, number> = {};
  const once = async () => {
    for (;;) {
      const answer = (await ask(new Agent())) as { readonly by?: string; readonly refused?: string };
      const outcome = answer.by ?? answer.refused ?? "nothing";
      tally[outcome] = (tally[outcome] ?? 0) + 1;
      await delay(20);
    }
  };
  for (let client = 0; client < 8; client++) void once();
  createInterface({ input: process.stdin }).on("line", () => {
    say(tally);
    tally = {};
  });
}

function ask(agent: Agent): Promise<unknown> {
  return new Promise((resolve) => {
    const asked = request({ host, port: Number(port), agent }, (response) => {
      let body = "";
      response.on("data", (chunk) => (body += String(chunk)));
      response.on("end", () => resolve(JSON.parse(body)));
    });
    // Not a time-out of the socket's, which would also end a kept connection that nobody asks by for a while.
    const silence = setTimeout(() => asked.destroy(Object.assign(new Error("no answer"), { code: "SILENCE" })), 3_000);
    asked.on("close", () => clearTimeout(silence));
    asked.on("error", (error: NodeJS.ErrnoException) => resolve({ refused: error.code }));
    asked.end();
  });
}

switch (role) {
  case "serve":
    serve();
    break;
  case "announce":
    await announce();
    break;
  case "hammer":
    hammer();
    break;
  case "ask":
    say(await ask(new Agent()));
    break;
  case "connection": {
    // Without TCP's own probes, the first of which would otherwise come after a second and meet the guard first.
    const agent = new Agent({ keepAlive: true, keepAliveMsecs: 600_000, maxSockets: 1 });
    createInterface({ input: process.stdin }).on("line", () => void ask(agent).then(say));
    break;
  }
  default:
    throw new Error(`no role ${role}`);
}
