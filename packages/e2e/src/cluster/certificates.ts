import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { API_SERVICE_ADDRESS, GATEWAY } from "./network-plan.ts";
import { run } from "./run.ts";

export interface Subject {
  /** The files' name. */
  readonly name: string;
  /** Kubernetes' user name, or a server's name. */
  readonly commonName: string;
  /** Kubernetes' group. */
  readonly organization?: string;
  /** Subject alternative names, as openssl writes them ("DNS:…", "IP:…"). */
  readonly altNames?: readonly string[];
}

/** What the control plane needs, besides a certificate for each node. */
export const CONTROL_PLANE_SUBJECTS: readonly Subject[] = [
  {
    name: "apiserver",
    commonName: "kube-apiserver",
    altNames: [
      "DNS:kubernetes",
      "DNS:kubernetes.default",
      "DNS:kubernetes.default.svc",
      `IP:${GATEWAY}`,
      `IP:${API_SERVICE_ADDRESS}`,
    ],
  },
  { name: "apiserver-kubelet-client", commonName: "apiserver-kubelet-client", organization: "system:masters" },
  { name: "admin", commonName: "admin", organization: "system:masters" },
  { name: "controller-manager", commonName: "system:kube-controller-manager" },
  { name: "scheduler", commonName: "system:kube-scheduler" },
  { name: "proxy", commonName: "system:kube-proxy" },
];

/** The certificate by which the API server knows a node and serves as the kubelet's own. */
export const nodeSubject = (name: string, ip: string): Subject => ({
  name,
  commonName: `system:node:${name}`,
  organization: "system:nodes",
  altNames: [`DNS:${name}`, `IP:${ip}`],
});

const LIFE_DAYS = "30";
const NEW_EC_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Makes a certificate authority, the key pair that signs ServiceAccount tokens, and a certificate for each subject. */
export async function makeCertificates(pki: string, subjects: readonly Subject[]): Promise<void> {
  mkdirSync(pki, { recursive: true, mode: 0o700 });
  const openssl = (...args: string[]) => run("openssl", args, { cwd: pki });
  await Promise.all([
    openssl(
      ...["req", "-x509", ...NEW_EC_KEY, "-days", LIFE_DAYS, "-subj", "/CN=rolecall-cluster"],
      ...["-keyout", "ca.key", "-out", "ca.crt"],
    ),
    // RSA, as EKS has it: what reads a token's header meets the same algorithm.
    openssl("genrsa", "-out", "service-accounts.key", "2048").then(() =>
      openssl("rsa", "-in", "service-accounts.key", "-pubout", "-out", "service-accounts.pub"),
    ),
  ]);
  await Promise.all(subjects.map((subject, index) => makeCertificate(pki, subject, index + 1)));
}

async function makeCertificate(pki: string, subject: Subject, serial: number): Promise<void> {
  const { name, commonName, organization, altNames = [`DNS:${name}`] } = subject;
  const extensions = `${name}.ext`;
  writeFileSync(
    join(pki, extensions),
    `subjectAltName=${altNames.join(",")}\nextendedKeyUsage=clientAuth,serverAuth\n`,
  );
  const distinguishedName = `${organization === undefined ? "" : `/O=${organization}`}/CN=${commonName}`;
  await run(
    "openssl",
    ["req", ...NEW_EC_KEY, "-subj", distinguishedName, "-keyout", `${name}.key`, "-out", `${name}.csr`],
    { cwd: pki },
  );
  const signer = ["-CA", "ca.crt", "-CAkey", "ca.key", "-set_serial", String(serial), "-days", LIFE_DAYS];
  await run(
    "openssl",
    ["x509", "-req", "-in", `${name}.csr`, "-out", `${name}.crt`, ...signer, "-extfile", extensions],
    { cwd: pki },
  );
}
