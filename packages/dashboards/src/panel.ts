/** One query of a panel, and what its lines are called; `{{label}}` stands for a label's value. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  readonly description: string;
  /** One number, or lines over time. */
  readonly kind: "number" | "lines";
  /** Grafana's name of a unit. */
  readonly unit: "short" | "s" | "percentunit" | "reqps" | "Bps" | "bytes" | "pps" | "bool";
  readonly queries: readonly Query[];
  /** For a number: from where on it is red. Absent where no value is bad by itself. */
  readonly badFrom?: number;
  /** For a number: below where it is red. */
  readonly badBelow?: number;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Whether it is about one node, which the reader chooses. */
  readonly isOfOneNode: boolean;
  readonly rows: readonly Row[];
}

export const rate = (selector: string): string => `rate(${selector}[$__rate_interval])`;

/** @param by labels that stay apart besides the bucket's */
export const quantile = (share: number, histogram: string, selector = "", by: readonly string[] = []): string =>
  `histogram_quantile(${share}, sum by (${["le", ...by].join(", ")}) (${rate(`${histogram}_bucket${selector}`)}))`;
