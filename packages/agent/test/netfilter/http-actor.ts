/** The pods, agents and metadata services of the lab; speaks JSON lines. */
import { Agent, createServer, request } from "node:http";
import { createInterface } from "node:readline";

const [role, host = "", port = "0", name = ""] = process.argv.slice(2);
const say = (fact: unknown) => process.stdout.write(`${JSON.stringify(fact)}\n`);

/** Answers with who it is and whom it saw. */
function serve(): void {
  const server = createServer((incoming, response) =>
    response.end(JSON.stringify({ by: name, source: incoming.socket.remoteAddress })),
  );
  server.keepAliveTimeout = 600_000;
  server.listen(Number(port), host, () => say("listening"));
}

function ask(agent: Agent): Promise<unknown> {
  return new Promise((resolve) => {
    const asked = request({ host, port: Number(port), agent, timeout: 3_000 }, (response) => {
      let body = "";
      response.on("data", (chunk) => (body += String(chunk)));
      response.on("end", () => resolve(JSON.parse(body)));
    });
    asked.on("timeout", () => asked.destroy(Object.assign(new Error("no answer"), { code: "SILENCE" })));
    asked.on("error", (error: NodeJS.ErrnoException) => resolve({ refused: error.code }));
    asked.end();
  });
}

switch (role) {
  case "serve":
    serve();
    break;
  case "ask":
    say(await ask(new Agent()));
    break;
  case "connection": {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    createInterface({ input: process.stdin }).on("line", () => void ask(agent).then(say));
    break;
  }
  default:
    throw new Error(`no role ${role}`);
}
