/** What the bench asks of the process that plays many agents. */
export type FleetOrder =
  | {
      /** Adds agents; answered when each has its snapshot. */
      readonly order: "connect";
      readonly brokerPort: number;
      readonly tls: FleetTls;
      readonly nodes: readonly { readonly name: string; readonly token: string }[];
    }
  /** Answered when the view of each pod's agent has credentials for it. */
  | { readonly order: "ready"; readonly uids: readonly string[] };

export interface FleetTls {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

/** When the views had the credentials of the pods asked for, in their order, by `monotonicMs`. */
export type ReadyTimes = readonly number[];
