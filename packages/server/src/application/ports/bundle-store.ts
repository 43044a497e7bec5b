export interface PublishedBundle {
  /** PEM certificates; empty where there are none. */
  readonly pem: string;
  readonly version: string;
}

/** From where nodes take the authorities that they trust. */
export interface BundleStore {
  /** @throws when it cannot be asked */
  read(signal: AbortSignal): Promise<PublishedBundle | undefined>;
  /** As `AuthorityStore.write`. */
  write(pem: string, version: string | undefined, signal: AbortSignal): Promise<boolean>;
}
