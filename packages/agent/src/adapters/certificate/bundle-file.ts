import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { errorMessage } from "@rolecall/common/errors/error-message";
import type { ReadTrustBundle } from "../../application/ports/trust-bundle.ts";

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Reads the bundle anew each time, from where the kubelet puts the servers' ConfigMap. */
export function bundleFile(path: string): ReadTrustBundle {
  return async () => {
    try {
      const pem = await readFile(path, "utf8");
      const certificates = pem.match(PEM_CERTIFICATE) ?? [];
      if (certificates.length === 0) return { kind: "unusable", problem: `--tls-ca ${path}: holds no PEM certificate` };
      for (const certificate of certificates) new X509Certificate(certificate);
      return { kind: "usable", pem };
    } catch (error) {
      return { kind: "unusable", problem: `--tls-ca ${path}: ${errorMessage(error)}` };
    }
  };
}
