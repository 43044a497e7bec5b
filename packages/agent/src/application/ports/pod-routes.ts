export interface PodRoutes {
  /** @returns the interface that packets to an address leave by, and so its packets enter by; undefined where none is known */
  interfaceTo(address: string): Promise<string | undefined>;
}
