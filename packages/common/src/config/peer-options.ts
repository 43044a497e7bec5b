import { PEER_ROLE_SOURCES } from "../tls/peer-role.ts";
import type { OptionTable } from "./options.ts";
import * as schemas from "./schemas.ts";

/** How both processes know whose certificate the other shows. */
export const PEER_OPTIONS = {
  trustDomain: {
    placeholder: "NAME",
    schema: schemas.dnsName,
    default: "rolecall",
    help: "what roles in certificates belong to: spiffe://NAME/agent, spiffe://NAME/node/<node> and spiffe://NAME/server",
  },
  peerRoleFrom: {
    placeholder: "WHAT",
    schema: schemas.oneOf(PEER_ROLE_SOURCES),
    default: "name",
    help: "what says that a peer's certificate is an agent's or a server's: name (a URI or DNS name of the trust domain), or usage (where it has none, an extended key usage for that role alone)",
  },
} as const satisfies OptionTable;
