import { createServer } from "node:http";
import type { ListenAddress } from "@rolecall/common/net/listen";
import { type Clock, systemClock } from "@rolecall/common/time/clock";
import { Journal } from "../control/journal.ts";
import { Connections } from "../http/connections.ts";
import { type LocalServer, startLocalServer } from "../http/local-server.ts";
import { AdminEndpoint, isAdminPath } from "./admin.ts";
import { StsFaults } from "./faults.ts";
import { Identities } from "./identities.ts";
import { handleRequest, type StsCall } from "./request-handler.ts";
import { Roles } from "./roles.ts";

export interface StsOptions {
  /** Decides expirations, the `Date` header and the latency. */
  readonly clock?: Clock;
  readonly address?: ListenAddress;
  /** Who every access key is that does not begin with ASIA and was not added to `identities`. */
  readonly baseArn?: string;
  /** Answers below `/_sandbox/` for tests that run in another process. */
  readonly adminPaths?: boolean;
}

/** A running stand-in: its address, its state and its switches. */
export interface StsStandIn extends LocalServer {
  readonly identities: Identities;
  readonly roles: Roles;
  readonly faults: StsFaults;
  /** Every call as it came in; none of them holds a secret. */
  readonly calls: Journal<StsCall>;
  /** How many AssumeRole calls came in, for one role or in all. */
  countAssumeRole(roleArn?: string): number;
  /** Resolves when at least `count` AssumeRole calls have come in. */
  whenAssumeRole(count?: number, roleArn?: string): Promise<void>;
}

/** What an EC2 instance's role looks like to STS: a session, so that whatever it assumes is chained. */
export const BASE_ARN = "arn:aws:sts::123456789012:assumed-role/rolecall-server/i-0123456789abcdef0";

export async function startSts(options: StsOptions = {}): Promise<StsStandIn> {
  const { clock = systemClock, address, baseArn = BASE_ARN, adminPaths = false } = options;
  const server = createServer();
  const connections = new Connections(server);
  const identities = new Identities(baseArn);
  const roles = new Roles();
  const faults = new StsFaults(clock);
  const calls = new Journal<StsCall>();
  const parts = { clock, connections, identities, roles, faults, calls };
  const admin = new AdminEndpoint(parts);
  server.on("request", (request, response) => {
    const isForAdmin = adminPaths && isAdminPath(request.url ?? "");
    void (isForAdmin ? admin.answer(request, response) : handleRequest(parts, request, response));
  });
  const local = await startLocalServer(server, connections, address);
  const assumes = (roleArn: string | undefined) => (call: StsCall) =>
    call.action === "AssumeRole" && (roleArn ?? call.roleArn) === call.roleArn;

  return {
    ...local,
    identities,
    roles,
    faults,
    calls,
    countAssumeRole: (roleArn) => calls.count(assumes(roleArn)),
    whenAssumeRole: (count = 1, roleArn) => calls.whenCount(count, assumes(roleArn)),
    stop: async () => {
      faults.stop();
      await local.stop();
    },
  };
}
