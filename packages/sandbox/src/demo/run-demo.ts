import { setTimeout } from "node:timers/promises";
import { aborted } from "@rolecall/common/lifecycle/run-together";
import { writeCniResult } from "../files/cni-results.ts";
import { type RunningAgent, type RunningServer, startAgent, startServer } from "../system/processes.ts";
import { type Sandbox, startSandbox } from "../system/sandbox.ts";
import { askAsPod, type SdkAnswer } from "./ask-as-pod.ts";
import { openPodDoor, type PodDoor } from "./pod-door.ts";
import { type DemoPod, NAMESPACES, NODE, PODS } from "./scenario.ts";

export interface DemoOptions {
  /** The port of every pod's address. */
  readonly port: number;
  /** Ends after the first round instead of staying up. */
  readonly once: boolean;
  readonly logLevel: string;
  readonly print: (line: string) => void;
}

/** @returns whether every pod saw what it must */
export async function runDemo({ port, once, logLevel, print }: DemoOptions, signal: AbortSignal): Promise<boolean> {
  const sandbox = await startSandbox();
  const log = (line: string) => void process.stderr.write(line);
  const flags = [`--log-level=${logLevel}`];
  const server = await startServer(sandbox, { flags, log });
  const hosts = PODS.map(({ ip }) => `${ip}:${port}`).join(",");
  const agent = await startAgent(sandbox, {
    nodeName: NODE,
    brokerPort: server.brokerPort,
    flags: [...flags, `--metadata-hosts=${hosts}`],
    log,
  });
  const doors: PodDoor[] = [];
  try {
    print(
      "The real server and agent run on stand-ins for the Kubernetes API, STS and the instance metadata service.\n",
    );
    for (const pod of PODS)
      doors.push(await openPodDoor(pod.ip, port, { host: "127.0.0.1", port: agent.metadataPort }));
    createPods(sandbox);
    const right = await showPods(sandbox, doors, print);
    if (once) return right;
    print(invitation(sandbox, doors, server, agent));
    await Promise.race([aborted(signal), server.ended, agent.ended]);
    return right;
  } finally {
    for (const door of doors) door.close();
    await agent.stop();
    await server.stop();
    await sandbox.stop();
  }
}

/** As kubelet and the container runtime do it: bound by the scheduler, attached to the network, then running. */
function createPods({ kubernetes: { workloads }, cniResults }: Sandbox): void {
  for (const [name, permitted] of Object.entries(NAMESPACES)) {
    workloads.createNamespace(name, permitted ? { annotations: { "iam.amazonaws.com/permitted": permitted } } : {});
  }
  for (const { namespace, name, ip, role } of PODS) {
    const annotations = role === undefined ? {} : { "iam.amazonaws.com/role": role };
    const ref = `${namespace}/${name}`;
    const pod = workloads.createPod({ namespace, name, annotations, nodeName: NODE });
    const podUid = pod.metadata.uid;
    writeCniResult(cniResults(NODE), { containerId: podUid.replaceAll("-", ""), podUid, namespace, name, ips: [ip] });
    workloads.setPodIp(ref, ip);
  }
}

/** The server posts Events in the background. */
const EVENTS_MS = 5_000;

async function showPods(sandbox: Sandbox, doors: readonly PodDoor[], print: (line: string) => void): Promise<boolean> {
  let right = true;
  const dueEvents = PODS.filter(({ expected }) => expected.kind === "nothing" && expected.event !== undefined).length;
  const posted = sandbox.kubernetes.whenRequested({ verb: "create", resource: "events" }, dueEvents);
  await Promise.race([posted, setTimeout(EVENTS_MS, undefined, { ref: false })]);
  for (const [index, pod] of PODS.entries()) {
    const answer = await askAsPod(doors[index]?.endpoint ?? "", sandbox.sts.url);
    const event = eventOf(sandbox, pod);
    const isRight = isExpected(pod, answer, event?.reason);
    right &&= isRight;
    print(`${isRight ? "✓" : "✗"} ${pod.namespace}/${pod.name}: ${pod.shows}`);
    print(`    annotation  ${pod.role ?? "(none)"}`);
    print(`    the SDK     ${"arn" in answer ? `is ${answer.arn}` : answer.error}`);
    if (event) print(`    Event       ${event.reason}: ${event.message}`);
    print("");
  }
  return right;
}

interface EventShown {
  readonly reason: string;
  readonly message: string;
}

function eventOf({ kubernetes }: Sandbox, { namespace, name }: DemoPod): EventShown | undefined {
  const events = kubernetes.workloads.events(namespace) as unknown as readonly (EventShown & {
    readonly involvedObject: { readonly name: string };
  })[];
  return events.find(({ involvedObject }) => involvedObject.name === name);
}

function isExpected({ expected }: DemoPod, answer: SdkAnswer, event: string | undefined): boolean {
  if (expected.kind === "role") return "arn" in answer && answer.arn === expected.arn;
  return "error" in answer && event === expected.event;
}

function invitation(sandbox: Sandbox, doors: readonly PodDoor[], server: RunningServer, agent: RunningAgent): string {
  const endpoint = doors[0]?.endpoint ?? "";
  const denied = PODS.find(({ expected }) => expected.kind === "nothing" && expected.event !== undefined);
  return [
    "It stays up until Ctrl-C. Be the first pod:",
    "",
    `  AWS_EC2_METADATA_SERVICE_ENDPOINT=${endpoint} AWS_ENDPOINT_URL_STS=${sandbox.sts.url} AWS_DEFAULT_REGION=us-east-1 aws sts get-caller-identity`,
    "",
    `  TOKEN=$(curl -sX PUT -H 'x-aws-ec2-metadata-token-ttl-seconds: 60' ${endpoint}/latest/api/token)`,
    `  curl -H "x-aws-ec2-metadata-token: $TOKEN" ${endpoint}/latest/meta-data/iam/security-credentials/`,
    "",
    `Each pod has its own address, ${PODS.map(({ name, ip }) => `${name} ${ip}`).join(", ")}, same port.`,
    "",
    "Ask why, as a person with kubectl would:",
    "",
    `  export ROLECALL_KUBECONFIG=${sandbox.file("kubeconfig")} ROLECALL_SERVER_URL=${server.localApiUrl}`,
    `  node .ci/toolchain/run.mjs node packages/cli/src/main.ts verify pod ${denied?.namespace}/${denied?.name}`,
    "  node .ci/toolchain/run.mjs node packages/cli/src/main.ts status",
    "",
    `The server's status page: ${server.localApiUrl}`,
    `Metrics: ${server.adminUrl}/metrics and ${agent.adminUrl}/metrics`,
  ].join("\n");
}
