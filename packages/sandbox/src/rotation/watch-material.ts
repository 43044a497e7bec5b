import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import type { KubernetesStandIn } from "../kubernetes/api-server.ts";
import { PKI } from "../system/sandbox.ts";

/** The active authority as the servers keep it; undefined before there is one. */
export function activeAuthority({ cluster }: KubernetesStandIn): { id: string; certificatePem: string } | undefined {
  const secret = cluster.list("secrets", PKI.namespace).find(({ metadata }) => metadata.name === PKI.name);
  const { "authorities.json": base64 = "" } = (secret?.["data"] ?? {}) as Readonly<Record<string, string>>;
  if (base64 === "") return undefined;
  const { authorities } = JSON.parse(Buffer.from(base64, "base64").toString()) as {
    authorities: readonly { id: string; certificatePem: string; phase: { kind: string } }[];
  };
  return authorities.find(({ phase }) => phase.kind === "active");
}

/** The certificate that a server shows now. */
export function shownBy(port: number): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ALPNProtocols: ["h2"] }, () => {
      const shown = socket.getPeerX509Certificate();
      socket.destroy();
      if (shown) resolve(new X509Certificate(shown.raw));
      else reject(new Error("the server showed no certificate"));
    });
    socket.on("error", reject);
  });
}

/** One metric of a process, by its name with labels as it stands on the page. */
export async function readMetric(adminUrl: string, name: string): Promise<number> {
  const page = await (await fetch(`${adminUrl}/metrics`)).text();
  const line = page.split("\n").find((text) => text.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? Number.NaN);
}
