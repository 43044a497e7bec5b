import { describe, expect, test } from "@jest/globals";
import { feedProblem } from "./feed-problem.ts";

describe("why no server feeds the node names what to change", () => {
  test.each([
    ["name-not-resolved: getaddrinfo ENOTFOUND rolecall-server", "--server-address"],
    ["unavailable: Hostname/IP does not match certificate's altnames: Host: x", "tls.serverName"],
    ["unavailable: certificate-of-another-role: agent", "a server's"],
    ["unavailable: certificate has expired", "renew it"],
    ["unavailable: self-signed certificate in certificate chain", "--tls-ca"],
    ["token-refused: the Kubernetes API does not take the token", "--token-file"],
    ["not-an-agent: the token is not of the agents' ServiceAccount", "agent.serviceAccount.name"],
    ["contract-unsupported: this server is older", "upgrade them first"],
    ["pods-not-listed: this server has not read the cluster", "/readyz"],
    ["unavailable: connect ECONNREFUSED 10.0.0.1:9610", "networkPolicy.agentPeers"],
    ["open-timed-out: no server sent anything in time", "security groups"],
    ["unavailable: read ECONNRESET", "--tls-cert"],
  ])("%s", (ending, named) => {
    const line = feedProblem(ending);
    expect(line).toContain(ending);
    expect(line.slice(ending.length)).toContain(named);
    expect(line).not.toContain("\n");
  });
});
