/** What to change, by what a stream that could not be opened ended with; the first that fits is said. */
const CURES: readonly (readonly [ending: RegExp, cure: string])[] = [
  [
    /^name-not-resolved/,
    "--server-address must name the servers' Service, which has an address only while a server is ready: see the servers' /readyz",
  ],
  [
    /altnames|Hostname\/IP/i,
    "the servers' certificate must carry the name of --server-name (chart value tls.serverName)",
  ],
  [
    /certificate-of-another|certificate-without-role|certificate-ambiguous/,
    "the other end's certificate must be a server's, and both of one trust domain (chart values tls.mode, tls.secret)",
  ],
  [
    /certificate has expired|CERT_HAS_EXPIRED/i,
    "the servers' certificate has expired: renew it (chart value tls.mode)",
  ],
  [
    /self[- ]signed|unable to (verify|get)|unknown ca/i,
    "the servers' certificate must be signed by an authority of --tls-ca: both Secrets must be of one authority (chart values tls.mode, tls.secret)",
  ],
  [
    /^(token-|not-an-agent|node-mismatch)/,
    "the servers do not take this agent's token (--token-file; chart values server.agentAuth, agent.serviceAccount.name): see their log",
  ],
  [/^contract-unsupported/, "the servers are older than this agent: upgrade them first"],
  [/^(pods-not-listed|api-server-unavailable)/, "the servers cannot read the cluster yet: see their /readyz"],
  [
    /^open-timed-out|ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/,
    "the node must reach the servers' port: see security groups, and the chart value networkPolicy.agentPeers",
  ],
];
const OTHERWISE =
  "the servers may not take this agent's certificate (--tls-cert; chart values tls.mode, tls.secret): see their log";

/** Why no server feeds this node, and what to change, in one line. @param ending what the last attempt ended with */
export function feedProblem(ending: string): string {
  const cure = CURES.find(([pattern]) => pattern.test(ending))?.[1] ?? OTHERWISE;
  return `no server has fed this node yet (${ending}); ${cure}`;
}
