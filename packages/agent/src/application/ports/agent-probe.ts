/** Asks an agent of this node, at a port of the alias. */
export interface AgentProbe {
  /** Whether it answers a request: a process that hangs still has its connections taken by the kernel. */
  answers(port: number): Promise<boolean>;
  /** Whether somebody listens there. */
  accepts(port: number): Promise<boolean>;
}
