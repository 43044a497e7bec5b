import { execFile } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { readTlsFiles } from "@rolecall/common/tls/tls-files";
import { type Authority, createAuthority, type Issued } from "../src/certs/authority.ts";
import { writeCerts } from "../src/certs/write-certs.ts";

const MAIN = new URL("../src/certs/main.ts", import.meta.url).pathname;

describe("createAuthority", () => {
  let authority: Authority;
  beforeEach(async () => {
    authority = await createAuthority({ commonName: "test CA" });
  });

  test("its certificate may sign leaves and nothing below them", () => {
    const ca = new X509Certificate(authority.certificatePem);
    expect([ca.ca, ca.subject]).toEqual([true, "CN=test CA"]);
    expect(ca.verify(ca.publicKey)).toBe(true);
  });

  test("a server's leaf has its names, its address and its identity", async () => {
    const leaf = new X509Certificate(
      (await authority.issue({ role: "server", names: ["rolecall-server.rolecall.svc"] })).certificatePem,
    );
    expect(leaf.subjectAltName).toBe(
      "DNS:localhost, DNS:rolecall-server.rolecall.svc, IP Address:127.0.0.1, URI:spiffe://rolecall/server",
    );
    expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(leaf.checkIssued(new X509Certificate(authority.certificatePem))).toBe(true);
  });

  test("an agent's leaf has its identity alone and is for clients", async () => {
    const { certificatePem, keyPem } = await authority.issue({ role: "agent" });
    const leaf = new X509Certificate(certificatePem);
    expect([leaf.subjectAltName, leaf.keyUsage, leaf.ca]).toEqual([
      "URI:spiffe://rolecall/agent",
      ["1.3.6.1.5.5.7.3.2"],
      false,
    ]);
    expect(leaf.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
  });

  test("validity follows the given time, and an expired leaf is past at it", async () => {
    const nowMs = Date.parse("2026-01-01T00:00:00Z");
    const past = await createAuthority({ nowMs, validMs: 3_600_000 });
    const dates = async (leaf: object) => {
      const { validFromDate, validToDate } = new X509Certificate(
        (await past.issue({ role: "agent", ...leaf })).certificatePem,
      );
      return [validFromDate.toISOString(), validToDate.toISOString()];
    };
    expect(await dates({})).toEqual(["2025-12-31T23:55:00.000Z", "2026-01-01T01:00:00.000Z"]);
    expect(await dates({ validMs: 60_000 })).toEqual(["2025-12-31T23:55:00.000Z", "2026-01-01T00:01:00.000Z"]);
    expect(await dates({ expired: true })).toEqual(["2025-12-30T23:00:00.000Z", "2025-12-31T23:00:00.000Z"]);
  });

  describe("in a handshake of TLS 1.3 with both certificates", () => {
    const handshake = async (server: Issued, agent: Issued) => {
      const listener = createServer({
        ca: authority.certificatePem,
        cert: server.certificatePem,
        key: server.keyPem,
        requestCert: true,
        // The verdict is read from the socket; a server that enforces it only destroys the connection.
        rejectUnauthorized: false,
        minVersion: "TLSv1.3",
      });
      const outcome = new Promise<string>((resolve) => {
        listener.once("secureConnection", (socket: TLSSocket) =>
          resolve(String(socket.authorizationError ?? socket.getPeerCertificate().subjectaltname)),
        );
      });
      await once(listener.listen(0, "127.0.0.1"), "listening");
      const client = connect({
        port: (listener.address() as AddressInfo).port,
        host: "127.0.0.1",
        servername: "localhost",
        ca: authority.certificatePem,
        cert: agent.certificatePem,
        key: agent.keyPem,
      });
      client.on("error", () => {});
      try {
        return await outcome;
      } finally {
        client.destroy();
        listener.close();
      }
    };

    test("the peers take each other", async () => {
      const server = await authority.issue({ role: "server" });
      expect(await handshake(server, await authority.issue({ role: "agent" }))).toBe("URI:spiffe://rolecall/agent");
    });

    test("an expired agent, and a server's certificate in an agent's place, are refused", async () => {
      const server = await authority.issue({ role: "server" });
      expect(await handshake(server, await authority.issue({ role: "agent", expired: true }))).toBe("CERT_HAS_EXPIRED");
      expect(await handshake(server, server)).toBe("INVALID_PURPOSE");
    });
  });
});

describe("npm run certs", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "certs-"));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const run = async (...args: string[]) => {
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [MAIN, ...args]);
      return { code: 0, stdout, stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, stdout, stderr };
    }
  };

  test("writes what server and agent read, keys for their owner alone, and says which flags use it", async () => {
    const { code, stdout } = await run("--out", dir, "--server-name", "a.example", "--server-name", "b.example");
    expect(code).toBe(0);
    for (const side of ["server", "agent"]) {
      const files = {
        certificateFile: join(dir, `${side}.crt`),
        keyFile: join(dir, `${side}.key`),
        caFile: join(dir, "ca.crt"),
      };
      readTlsFiles(files, Date.now());
      expect(statSync(files.keyFile).mode & 0o777).toBe(0o600);
      expect(stdout).toContain(
        `--tls-cert ${files.certificateFile} --tls-key ${files.keyFile} --tls-ca ${files.caFile}`,
      );
    }
    expect(statSync(join(dir, "ca.key")).mode & 0o777).toBe(0o600);
    const leaf = new X509Certificate(readFileSync(join(dir, "server.crt")));
    expect(leaf.subjectAltName).toContain("DNS:a.example, DNS:b.example");
  });

  test("a bad flag or name is exit code 2 and a line that names it", async () => {
    expect(await run("--output", dir)).toMatchObject({ code: 2, stderr: expect.stringContaining("--output") });
    expect(await run("--out", dir, "--server-name", "a b")).toMatchObject({
      code: 2,
      stderr: "--server-name a b: must be a DNS name\n",
    });
  });

  test("replaces nothing without --force, and with it everything", async () => {
    const options = { out: dir, serverNames: [], force: false };
    writeFileSync(join(dir, "agent.key"), "mine", { mode: 0o644 });
    await expect(writeCerts(options)).rejects.toMatchObject({
      name: "StartupError",
      problems: [`${join(dir, "agent.key")}: is there already`, expect.stringContaining("--force")],
    });
    expect(readFileSync(join(dir, "agent.key"), "utf8")).toBe("mine");
    await writeCerts({ ...options, force: true });
    expect(readFileSync(join(dir, "agent.key"), "utf8")).toContain("PRIVATE KEY");
    expect(statSync(join(dir, "agent.key")).mode & 0o777).toBe(0o600);
  });

  test("a directory that cannot be made is a clear error", async () => {
    const out = join(dir, "file", "certs");
    writeFileSync(join(dir, "file"), "");
    await expect(writeCerts({ out, serverNames: [], force: false })).rejects.toMatchObject({
      problems: [expect.stringMatching(`^--out ${out}: .*ENOTDIR`)],
    });
  });
});
