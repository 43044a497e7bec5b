import { strict as assert } from "node:assert";
import { connect } from "node:tls";
import type { Authority, Issued } from "@rolecall/sandbox/certs/authority";
import {
  type AskedPod,
  type CallOutcome,
  everyCall,
  type OpenFeed,
  openFeed,
} from "@rolecall/sandbox/system/broker-caller";
import { eventually } from "../../support/eventually.ts";
import { SERVER_NAME } from "../main-path/processes.ts";

/** gRPC's codes. */
export const [OK, NOT_FOUND, UNAVAILABLE, UNAUTHENTICATED] = [0, 5, 14, 16];

/** Within this time a server hears an address again that it refused as often as it may be. */
export const HEARD_AGAIN_MS = 60_000;

/** Whoever calls a server with what it could lay its hands on, and reads the server's log to see what it says of that. */
export class Attacker {
  readonly #address: string;
  readonly #log: () => string;
  readonly #authority: Authority;
  readonly #certificate: Promise<Issued>;

  constructor({ address, log }: { readonly address: string; readonly log: () => string }, authority: Authority) {
    this.#address = address;
    this.#log = log;
    this.#authority = authority;
    this.#certificate = authority.issue({ role: "agent" });
  }

  /** With the certificate that every agent has. */
  async call(node: string, token: string | undefined, asked?: AskedPod): Promise<readonly CallOutcome[]> {
    return this.callAs(await this.#certificate, node, token, asked);
  }

  callAs(
    certificate: Issued | undefined,
    node: string,
    token: string | undefined,
    asked?: AskedPod,
  ): Promise<readonly CallOutcome[]> {
    return everyCall(this.#caller(certificate, token), node, asked);
  }

  /** A feed that is live. An address that was refused again and again is not heard for a while, so this may take its time. */
  async openFeed(node: string, token: string): Promise<OpenFeed> {
    const caller = this.#caller(await this.#certificate, token);
    return eventually({ what: `a feed of ${node}`, timeoutMs: HEARD_AGAIN_MS }, async () => {
      const feed = openFeed(caller, node);
      await feed.live;
      return feed;
    });
  }

  /** All three calls ended with this. */
  refused(outcomes: readonly CallOutcome[], code: number | undefined, reason: string): void {
    assert.deepEqual(outcomes, Array(3).fill({ code, reason }));
  }

  /** Waits until the server has logged a line with these fields. */
  async saw(fields: Readonly<Record<string, string | RegExp | undefined>>): Promise<void> {
    const isSo = (line: Record<string, unknown>) =>
      Object.entries(fields).every(([name, value]) =>
        value instanceof RegExp ? value.test(String(line[name])) : line[name] === value,
      );
    await eventually({ what: `a line with ${JSON.stringify(fields)}`, timeoutMs: 5_000 }, () =>
      this.#log()
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .some((line) => isSo(JSON.parse(line) as Record<string, unknown>)),
    );
  }

  /** What a bare TLS client gets of the server: bytes of HTTP/2, or nothing. */
  shake(options: object): Promise<"heard" | "cut off"> {
    const [host, port] = this.#address.split(":");
    return new Promise((resolve) => {
      const socket = connect({
        host,
        port: Number(port),
        rejectUnauthorized: false,
        ALPNProtocols: ["h2"],
        ...options,
      });
      socket.once("data", () => {
        resolve("heard");
        socket.destroy();
      });
      socket.on("error", () => {});
      socket.once("close", () => resolve("cut off"));
    });
  }

  /** Dials the server without a certificate, as a pod would that has found its address. */
  dialScript(): string {
    const [host, port] = this.#address.split(":");
    return `const socket = require("node:tls").connect({ host: "${host}", port: ${port}, rejectUnauthorized: false, ALPNProtocols: ["h2"] });
      socket.once("data", () => { console.log("heard"); socket.destroy(); });
      socket.on("error", () => {});
      socket.once("close", () => console.log("cut off"));`;
  }

  #caller(certificate: Issued | undefined, token: string | undefined) {
    return {
      address: this.#address,
      serverName: SERVER_NAME,
      caPem: this.#authority.certificatePem,
      certificate,
      token,
    };
  }
}
