import { Resolver } from "node:dns/promises";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import type { StateFile, WorkDir } from "./cluster-state.ts";
import { apiServerArgs, controllerManagerArgs, corefile, etcdArgs, schedulerArgs } from "./control-plane-config.ts";
import type { Kubectl } from "./kubectl.ts";
import { type Launched, launch, logTail } from "./launch.ts";
import { API_SERVICE_ADDRESS, CLUSTER_DOMAIN, GATEWAY } from "./network-plan.ts";
import { isRunning } from "./processes.ts";
import { type Program, programPath } from "./programs.ts";

const START_TIMEOUT_MS = 60_000;

/** Starts etcd and the API server. Resolves when the API answers. */
export async function startApi(workDir: WorkDir, state: StateFile, kubectl: Kubectl): Promise<void> {
  mkdirSync(workDir.control, { recursive: true });
  await start(workDir, state, "etcd", etcdArgs(join(workDir.control, "etcd")));
  const server = await start(workDir, state, "kube-apiserver", apiServerArgs(workDir.pki));
  await eventually({ what: "a ready API server", timeoutMs: START_TIMEOUT_MS }, async () => {
    if (!isRunning(server.id)) return "ended";
    await kubectl.run(["get", "--raw=/readyz"]);
    return "ready";
  }).then((outcome) => {
    if (outcome === "ended") throw new Error(`kube-apiserver ended${logTail(server.logFile)}`);
  });
}

/** Starts what acts on the API: controllers, scheduler, DNS. */
export async function startControllers(workDir: WorkDir, state: StateFile): Promise<void> {
  const corefilePath = join(workDir.control, "Corefile");
  writeFileSync(corefilePath, corefile(workDir.kubeconfig("admin")));
  await Promise.all([
    start(
      workDir,
      state,
      "kube-controller-manager",
      controllerManagerArgs(workDir.pki, workDir.kubeconfig("controller-manager")),
    ),
    start(workDir, state, "kube-scheduler", schedulerArgs(workDir.kubeconfig("scheduler"))),
    start(workDir, state, "coredns", ["-conf", corefilePath]),
  ]);
}

/** Resolves when Services have names. */
export async function untilDnsAnswers(): Promise<void> {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([GATEWAY]);
  await eventually({ what: `DNS on ${GATEWAY}`, timeoutMs: START_TIMEOUT_MS }, async () => {
    return (await resolver.resolve4(`kubernetes.default.svc.${CLUSTER_DOMAIN}`)).includes(API_SERVICE_ADDRESS);
  });
}

async function start(workDir: WorkDir, state: StateFile, name: Program, args: readonly string[]): Promise<Launched> {
  const launched = await launch(programPath(name), args, {
    logFile: join(workDir.logs, `${name}.log`),
    cwd: workDir.control,
  });
  state.addProcess(name, launched.id);
  return launched;
}
