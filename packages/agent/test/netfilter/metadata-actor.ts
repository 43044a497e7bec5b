/** The agent's real metadata service on the lab's node, and a client of IMDSv2 in its pod; speaks JSON lines. */
import { aReadyPod, aRole } from "../metadata/pods.ts";
import { RunningAgent } from "../metadata/running-agent.ts";

const [role, host = "", port = "", pod = ""] = process.argv.slice(2);
const say = (fact: unknown) => process.stdout.write(`${JSON.stringify(fact)}\n`);

switch (role) {
  case "serve": {
    const agent = await RunningAgent.start({ listenHost: host, listenPort: Number(port) });
    agent.standings.set(pod, aReadyPod("pod-p", aRole("web"), agent.clock.nowMs()));
    say("listening");
    break;
  }
  case "ask":
    say(await askForCredentials(`http://${host}/latest`));
    break;
  default:
    throw new Error(`no role ${role}`);
}

/** What an SDK asks one after the other: a token (case 1), the list (13), the credentials (24). */
async function askForCredentials(
  service: string,
): Promise<readonly { readonly status: number; readonly body: string }[]> {
  const answers: { status: number; body: string }[] = [];
  const ask = async (path: string, init: RequestInit) => {
    const response = await fetch(`${service}${path}`, { ...init, signal: AbortSignal.timeout(3_000) });
    const body = await response.text();
    answers.push({ status: response.status, body });
    return body;
  };
  const token = await ask("/api/token", { method: "PUT", headers: { "x-aws-ec2-metadata-token-ttl-seconds": "60" } });
  const headers = { "x-aws-ec2-metadata-token": token };
  const name = await ask("/meta-data/iam/security-credentials/", { headers });
  await ask(`/meta-data/iam/security-credentials/${name}`, { headers });
  return answers;
}
