import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launch, logTail } from "../../cluster/launch.ts";
import { isRunning, type ProcessId, sendSignal, untilEnded } from "../../cluster/processes.ts";
import { eventually } from "../../support/eventually.ts";
import { type PrometheusConfig, prometheusConfig } from "./prometheus-config.ts";

export type Labels = Readonly<Record<string, string>>;

interface Target {
  readonly health: string;
  readonly lastError: string;
  readonly labels: Labels;
}

/** A real Prometheus on this machine. */
export class Prometheus {
  readonly #id: ProcessId;
  readonly #url: string;

  private constructor(id: ProcessId, url: string) {
    this.#id = id;
    this.#url = url;
  }

  /** @param port on the loopback interface */
  static async start(directory: string, port: number, config: PrometheusConfig): Promise<Prometheus> {
    // What an earlier run's faults left would fire here.
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const file = join(directory, "prometheus.json");
    writeFileSync(file, prometheusConfig(config));
    const logFile = join(directory, "prometheus.log");
    const { id } = await launch(
      "prometheus",
      [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(directory, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { logFile },
    );
    const url = `http://127.0.0.1:${port}`;
    await eventually({ what: "a ready Prometheus" }, async () => {
      if (!isRunning(id)) throw new Error(`Prometheus ended${logTail(logFile)}`);
      return (await fetch(`${url}/-/ready`)).ok;
    });
    return new Prometheus(id, url);
  }

  /** @returns each series' labels and value */
  async query(expr: string): Promise<readonly { readonly labels: Labels; readonly value: number }[]> {
    const { result } = await this.#get<{ result: readonly { metric: Labels; value: [number, string] }[] }>(
      `query?query=${encodeURIComponent(expr)}`,
    );
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** The labels of each alert that fires. */
  async firing(): Promise<readonly Labels[]> {
    const { alerts } = await this.#get<{ alerts: readonly { labels: Labels; state: string }[] }>("alerts");
    return alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels);
  }

  async targets(): Promise<readonly Target[]> {
    return (await this.#get<{ activeTargets: readonly Target[] }>("targets?state=active")).activeTargets;
  }

  async stop(): Promise<void> {
    sendSignal(this.#id, "SIGTERM");
    await untilEnded([this.#id], 10_000);
  }

  async #get<T>(path: string): Promise<T> {
    const answer = (await (await fetch(`${this.#url}/api/v1/${path}`)).json()) as { data: T; error?: string };
    if (answer.error !== undefined) throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  }
}
