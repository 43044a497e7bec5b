/** A pod as a Deployment's usually is, some 5 kB as JSON: memory and time of a list follow the objects that come in. */
export function ordinarySpec(image: string): Readonly<Record<string, unknown>> {
  return {
    containers: [container("app", image), container("sidecar", image)],
    volumes: VOLUMES,
    tolerations: TOLERATIONS,
  };
}

const container = (name: string, image: string) => ({
  name,
  image: `123456789012.dkr.ecr.us-east-1.amazonaws.com/${image}:2026-11-24-0123456789abcdef`,
  command: ["/app/bin/start", "--config=/etc/app/config.yaml", "--listen=0.0.0.0:8080"],
  env: Array.from({ length: 12 }, (_, index) => ({ name: `APP_SETTING_${index}`, value: `value-of-setting-${index}` })),
  resources: { requests: { cpu: "250m", memory: "512Mi" }, limits: { memory: "1Gi" } },
  ports: [{ name: "http", containerPort: 8_080, protocol: "TCP" }],
  livenessProbe: probe("/healthz"),
  readinessProbe: probe("/readyz"),
  volumeMounts: [
    { name: "config", mountPath: "/etc/app", readOnly: true },
    { name: "kube-api-access", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true },
  ],
  securityContext: { runAsNonRoot: true, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
});

const probe = (path: string) => ({
  httpGet: { path, port: "http", scheme: "HTTP" },
  initialDelaySeconds: 5,
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
});

const VOLUMES = [
  { name: "config", configMap: { name: "app-config", defaultMode: 420 } },
  {
    name: "kube-api-access",
    projected: {
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { expirationSeconds: 3_607, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      ],
    },
  },
];

const TOLERATIONS = ["not-ready", "unreachable"].map((condition) => ({
  key: `node.kubernetes.io/${condition}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 300,
}));
