/** Where one of a node's two processes, keeper and agent, leaves what the other follows. The newest replaces what was. */
export interface Board<T> {
  /** Never throws: what cannot be left now is told in the log, and left with the next change. */
  publish(value: T): void;
}

export interface Published<T> {
  /** Delivers what is there, then what replaces it, until the signal aborts. What cannot be understood is not delivered. */
  follow(listener: (value: T) => void, signal: AbortSignal): Promise<void>;
}

/** A name in the exchange directory that says something by being there: a probe of kubelet's looks for it. */
export interface Marker {
  set(isThere: boolean): void;
}
