import { type OptionTable, type OptionValues, parseOptions } from "@rolecall/common/config/options";
import { PROCESS_OPTIONS } from "@rolecall/common/config/process-options";
import * as schemas from "@rolecall/common/config/schemas";
import { StartupError } from "@rolecall/common/errors/startup-error";
import { isAliasAddress, isAliasAddress6 } from "./domain/interception/alias.ts";
import { parseHostInterface } from "./domain/interception/host-interface.ts";
import { SHARED_OPTIONS } from "./shared-options.ts";

export const KEEPER_OPTIONS = {
  alias: {
    placeholder: "ADDRESS",
    schema: schemas.text,
    default: "169.254.253.1",
    help: "the link-local address on the loopback interface that pods' requests are redirected to; the host of the agent's --metadata-address",
  },
  alias6: {
    placeholder: "ADDRESS",
    schema: schemas.text,
    help: "the address on the loopback interface that requests to fd00:ec2::254 are redirected to, such as fd72:6f6c:6563::1; without it they are refused",
  },
  interception: {
    schema: schemas.boolean,
    default: "true",
    help: "bring pods' metadata traffic to the agent by iptables, and refuse what is not intercepted",
  },
  hostInterface: {
    placeholder: "NAME",
    schema: schemas.text,
    help: "intercept only what enters by this interface (eni+, !eth0); never needed, for the habits of kiam and kube2iam",
  },
  selfProbe: {
    schema: schemas.boolean,
    default: "true",
    help: "send every 10 s what a pod would send, and see that it arrives; needs a pair of interfaces, rolecall-p0 and rolecall-p1",
  },
  cniResults: {
    placeholder: "DIR",
    schema: schemas.text,
    default: "/var/lib/cni/results",
    help: "the node's record of its pods' addresses, which libcni writes before a pod's containers start",
  },
  stateDir: {
    placeholder: "DIR",
    schema: schemas.text,
    default: "/run/rolecall",
    help: "a directory of the node that the keepers of overlapping agents share; the agents' token key is kept below it",
  },
  ...SHARED_OPTIONS,
  logLevel: PROCESS_OPTIONS.logLevel,
} as const satisfies OptionTable;

export type KeeperConfig = OptionValues<typeof KEEPER_OPTIONS>;

/**
 * Reads the keeper's settings.
 *
 * @throws StartupError with one line for each bad setting
 */
export function parseKeeperConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ReturnType<typeof parseOptions<typeof KEEPER_OPTIONS>> {
  const parsed = parseOptions(KEEPER_OPTIONS, argv, env);
  if (parsed.kind !== "values") return parsed;
  const { alias, alias6, hostInterface } = parsed.values;
  const problems: string[] = [];
  if (!isAliasAddress(alias))
    problems.push(
      `--alias ${alias}: must be a link-local IPv4 address that is no metadata address, such as 169.254.253.1`,
    );
  if (alias6 !== undefined && !isAliasAddress6(alias6))
    problems.push(`--alias6 ${alias6}: must be an IPv6 address of your own below fd00::/8, such as fd72:6f6c:6563::1`);
  if (hostInterface !== undefined && !parseHostInterface(hostInterface)) {
    problems.push(
      `--host-interface ${hostInterface}: must be an interface name, or a prefix with +, or either after !`,
    );
  }
  if (problems.length > 0) throw new StartupError(problems);
  return parsed;
}
