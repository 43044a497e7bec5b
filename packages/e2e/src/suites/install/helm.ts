import { join } from "node:path";
import type { Cluster } from "../../cluster/cluster.ts";
import { programPath } from "../../cluster/programs.ts";
import { type Completed, run, tryRun } from "../../cluster/run.ts";
import { IMAGE_REGISTRY } from "../../images/build-images.ts";

export const CHART = join(import.meta.dirname, "..", "..", "..", "..", "..", "charts", "rolecall");
export const RELEASE = "rolecall";
export const NAMESPACE = "rolecall";

/** Values by their path, as `helm --set-json` takes them: `{"server.replicas": 3}`. */
export type Values = Readonly<Record<string, unknown>>;

/** Long enough for two workloads to roll on a slow machine. */
const WAIT = "--timeout=150s";
const TIMEOUT_MS = 180_000;

/** The release under test, as its user handles it. */
export class Helm {
  readonly #cluster: Cluster;
  readonly #base: Values;

  /** @param base what every install and upgrade sets besides the registry of the images */
  constructor(cluster: Cluster, base: Values) {
    this.#cluster = cluster;
    this.#base = { "image.registry": IMAGE_REGISTRY, ...base };
  }

  /** Installs and waits until all is ready. */
  install(values: Values = {}): Promise<void> {
    return this.#untilReady(["install", RELEASE, CHART, "--create-namespace", ...this.#set(values)]);
  }

  /** Installs, and waits for nothing. */
  async installUnwaited(values: Values = {}): Promise<void> {
    await this.#run(["install", RELEASE, CHART, "--create-namespace", ...this.#set(values)]);
  }

  /** Upgrades and waits until all is ready. */
  upgrade(values: Values = {}, chart = CHART): Promise<void> {
    return this.#untilReady(["upgrade", RELEASE, chart, ...this.#set(values)]);
  }

  /** Upgrades to what never becomes ready, and so waits for nothing. */
  upgradeUnwaited(values: Values): Promise<Completed> {
    return this.#tryRun(["upgrade", RELEASE, CHART, ...this.#set(values)]);
  }

  test(): Promise<string> {
    return this.#run(["test", RELEASE, "--logs"]);
  }

  notes(): Promise<string> {
    return this.#run(["get", "notes", RELEASE]);
  }

  uninstall(): Promise<string> {
    return this.#run(["uninstall", RELEASE, "--wait", WAIT]);
  }

  /** Packs the chart as a later version of itself, whose images have that version too. */
  async packageAs(version: string, directory: string): Promise<string> {
    await run(programPath("helm"), [
      "package",
      CHART,
      `--version=${version}`,
      `--app-version=${version}`,
      `--destination=${directory}`,
    ]);
    return join(directory, `rolecall-${version}.tgz`);
  }

  async #untilReady(args: readonly string[]): Promise<void> {
    await this.#run([...args, "--wait", WAIT]);
    // To helm a DaemonSet is there when all but its maxUnavailable are.
    await this.#cluster.kubectl.run(
      ["rollout", "status", `daemonset/${RELEASE}-agent`, `--namespace=${NAMESPACE}`, WAIT],
      { timeoutMs: TIMEOUT_MS },
    );
  }

  #set(values: Values): string[] {
    return Object.entries({ ...this.#base, ...values }).map(
      ([path, value]) => `--set-json=${path}=${JSON.stringify(value)}`,
    );
  }

  #run(args: readonly string[]): Promise<string> {
    return run(programPath("helm"), [`--namespace=${NAMESPACE}`, ...args], this.#options());
  }

  #tryRun(args: readonly string[]): Promise<Completed> {
    return tryRun(programPath("helm"), [`--namespace=${NAMESPACE}`, ...args], this.#options());
  }

  #options() {
    return { env: { KUBECONFIG: this.#cluster.kubeconfig }, timeoutMs: TIMEOUT_MS };
  }
}
