/** What a load generator is asked to do once. */
export interface Load {
  readonly host: string;
  readonly port: number;
  /** Who asks; connections are spread over them. */
  readonly clients: readonly LoadClient[];
  readonly connections: number;
  /** Whether a connection is used again; else each request has its own, as the agent's answers demand. */
  readonly keepAlive: boolean;
  readonly durationMs: number;
}

export interface LoadClient {
  /** The local address to connect from. */
  readonly address: string;
  /** The whole request, as it stands on the wire. */
  readonly request: string;
}

export interface LoadResult {
  readonly requests: number;
  /** Answers that were not 200, and connections that broke. */
  readonly failures: number;
  readonly firstFailure: string | undefined;
  readonly rps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How much of one core the generator itself used: well below 1, it was not what limited the figures. */
  readonly generatorCpu: number;
}
