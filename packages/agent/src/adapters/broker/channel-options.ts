import type { ChannelOptions } from "@grpc/grpc-js";

/**
 * By which name the server's certificate is checked, where it is not the host that is dialled. Without the name an IP target
 * has none to check (and Node 26 refuses to connect to it).
 */
export const serverNameOptions = (serverName: string | undefined): ChannelOptions =>
  serverName === undefined ? {} : { "grpc.ssl_target_name_override": serverName, "grpc.default_authority": serverName };
