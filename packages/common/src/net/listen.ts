import type { AddressInfo, Server } from "node:net";
import { errorMessage } from "../errors/error-message.ts";
import { StartupError } from "../errors/startup-error.ts";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Binds a server.
 *
 * @param flag the option that sets the address, for the error
 * @throws StartupError when the address cannot be bound
 */
export function listen(server: Server, { host, port }: ListenAddress, flag: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const onError = (error: unknown) =>
      reject(
        new StartupError([`${flag} ${host}:${port}: cannot listen there: ${errorMessage(error)}`], { cause: error }),
      );
    server.once("error", onError);
    server.listen({ host, port }, () => {
      server.off("error", onError);
      resolve(server.address() as AddressInfo);
    });
  });
}

/** Whether it could not be bound because another process has it. */
export const isPortTaken = (error: unknown): boolean =>
  error instanceof StartupError && (error.cause as NodeJS.ErrnoException | undefined)?.code === "EADDRINUSE";
