import { KUBECONFIG_CONTEXT } from "./kubeconfig.ts";
import { API_PORT, CLUSTER_DOMAIN, GATEWAY, SERVICE_RANGE, STS_NAMES } from "./network-plan.ts";

/** Not etcd's own ports: Debian's package starts an etcd on those. */
const ETCD_CLIENTS = "http://127.0.0.1:12379";
const ETCD_PEERS = "http://127.0.0.1:12380";

/** A certificate and its key in the cluster's PKI directory. */
const pair = (pki: string, name: string) => ({ cert: `${pki}/${name}.crt`, key: `${pki}/${name}.key` });

export function etcdArgs(dataDir: string): string[] {
  return [
    `--data-dir=${dataDir}`,
    `--listen-client-urls=${ETCD_CLIENTS}`,
    `--advertise-client-urls=${ETCD_CLIENTS}`,
    `--listen-peer-urls=${ETCD_PEERS}`,
    `--initial-advertise-peer-urls=${ETCD_PEERS}`,
    `--initial-cluster=default=${ETCD_PEERS}`,
    // Nothing here has to outlive the machine.
    "--unsafe-no-fsync",
  ];
}

export function apiServerArgs(pki: string): string[] {
  const serving = pair(pki, "apiserver");
  const kubelets = pair(pki, "apiserver-kubelet-client");
  return [
    `--etcd-servers=${ETCD_CLIENTS}`,
    `--bind-address=${GATEWAY}`,
    `--advertise-address=${GATEWAY}`,
    `--secure-port=${API_PORT}`,
    `--tls-cert-file=${serving.cert}`,
    `--tls-private-key-file=${serving.key}`,
    `--client-ca-file=${pki}/ca.crt`,
    `--kubelet-certificate-authority=${pki}/ca.crt`,
    `--kubelet-client-certificate=${kubelets.cert}`,
    `--kubelet-client-key=${kubelets.key}`,
    "--kubelet-preferred-address-types=InternalIP",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-signing-key-file=${pki}/service-accounts.key`,
    `--service-account-key-file=${pki}/service-accounts.pub`,
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--allow-privileged=true",
  ];
}

export function controllerManagerArgs(pki: string, kubeconfigFile: string): string[] {
  return [
    `--kubeconfig=${kubeconfigFile}`,
    `--service-account-private-key-file=${pki}/service-accounts.key`,
    `--root-ca-file=${pki}/ca.crt`,
    `--cluster-signing-cert-file=${pki}/ca.crt`,
    `--cluster-signing-key-file=${pki}/ca.key`,
    "--use-service-account-credentials=true",
    "--allocate-node-cidrs=false",
    "--leader-elect=false",
    "--bind-address=127.0.0.1",
  ];
}

export function schedulerArgs(kubeconfigFile: string): string[] {
  return [`--kubeconfig=${kubeconfigFile}`, "--leader-elect=false", "--bind-address=127.0.0.1"];
}

export function corefile(kubeconfigFile: string): string {
  return `.:53 {
  bind ${GATEWAY}
  errors
  hosts {
    ${GATEWAY} ${STS_NAMES.join(" ")}
    fallthrough
  }
  kubernetes ${CLUSTER_DOMAIN} in-addr.arpa ip6.arpa {
    kubeconfig ${kubeconfigFile} ${KUBECONFIG_CONTEXT}
    pods insecure
    ttl 5
  }
}
`;
}
