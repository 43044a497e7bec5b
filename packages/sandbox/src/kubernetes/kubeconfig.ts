export interface KubeconfigFacts {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
}

/** A kubeconfig with one context and all material inline, so that the file is all a client needs. */
export function kubeconfig({ url, caPem, token }: KubeconfigFacts): string {
  return `apiVersion: v1
kind: Config
clusters:
  - name: sandbox
    cluster:
      server: ${JSON.stringify(url)}
      certificate-authority-data: ${Buffer.from(caPem).toString("base64")}
users:
  - name: sandbox
    user:
      token: ${JSON.stringify(token)}
contexts:
  - name: sandbox
    context:
      cluster: sandbox
      user: sandbox
current-context: sandbox
`;
}
