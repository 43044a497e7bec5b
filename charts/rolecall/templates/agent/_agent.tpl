{{/* The flags of the agent. */}}
{{- define "rolecall.agentArgs" -}}
{{- $agent := .Values.agent -}}
{{- $hosts := $agent.metadata.hosts -}}
- --server-address={{ include "rolecall.serverHost" . }}:9610
{{- with .Values.tls.serverName }}
- --server-name={{ . }}
{{- end }}
{{ include "rolecall.peerArgs" . }}
{{- if eq .Values.tls.mode "managed" }}
- --tls-mode=managed
{{- end }}
- --max-connection-age={{ .Values.server.maxConnectionAge }}
{{- if .Values.interception.enabled }}
- --metadata-address={{ include "rolecall.alias" . }}:{{ $agent.metadata.port }}
{{- with .Values.interception.ipv6Address }}
- --metadata-address6={{ . }}
{{- end }}
{{- else }}
- --no-interception
- --metadata-address=$(HOST_IP):{{ $agent.metadata.port }}
{{- $hosts = append $hosts (printf "$(HOST_IP):%d" (int $agent.metadata.port)) }}
{{- end }}
- --imds-tokens={{ $agent.metadata.tokens }}
{{- if $agent.metadata.tokensByNamespace }}
- --imds-tokens-by-namespace
{{- end }}
{{- if $agent.containerCredentials.enabled }}
- --container-credentials
- --container-port={{ $agent.containerCredentials.port }}
{{- end }}
{{- with $agent.metadata.allow }}
- --imds-allow={{ join "," . }}
{{- end }}
{{- with $hosts }}
- --metadata-hosts={{ join "," . }}
{{- end }}
- --token-file=/var/run/secrets/rolecall.dev/token
- --token-key-file={{ $agent.stateDirectory }}/agent/token-key
- --exchange-dir={{ include "rolecall.exchangeDirectory" . }}
- --admin-address=0.0.0.0:{{ $agent.adminPort }}
- --log-level={{ .Values.logLevel }}
{{- end -}}

{{- define "rolecall.agentEnv" -}}
- name: ROLECALL_NODE_NAME
  valueFrom: { fieldRef: { fieldPath: spec.nodeName } }
{{- if not .Values.interception.enabled }}
- name: HOST_IP
  valueFrom: { fieldRef: { fieldPath: status.hostIP } }
{{- end }}
{{- with .Values.agent.env }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The flags of the keeper; the init container has the same, as both work on the same rules. */}}
{{- define "rolecall.keeperArgs" -}}
{{- if .Values.interception.enabled }}
- --alias={{ include "rolecall.alias" . }}
{{- with .Values.interception.ipv6Address }}
- --alias6={{ . }}
{{- end }}
{{- if not .Values.interception.selfProbe }}
- --no-self-probe
{{- end }}
{{- with .Values.interception.hostInterface }}
- --host-interface={{ . }}
{{- end }}
{{- else }}
- --no-interception
{{- end }}
- --cni-results={{ .Values.agent.cniDirectory }}/results
- --state-dir={{ .Values.agent.stateDirectory }}
- --exchange-dir={{ include "rolecall.exchangeDirectory" . }}
- --log-level={{ .Values.logLevel }}
{{- end -}}

{{/* The image's own entry point is the agent. These, and a collection every 20 s, bring the keeper from 16 to
     about 12 MB of private memory. */}}
{{- define "rolecall.keeperCommand" -}}
- /usr/local/bin/node
- --optimize-for-size
- --max-semi-space-size=1
- --max-old-space-size=32
- --single-threaded
- --lite-mode
- --expose-gc
- /app/keeper/main.cjs
{{- end -}}

{{/* Never on a node beside a pod of that component. Takes [context, component]. */}}
{{- define "rolecall.apartFrom" -}}
podAntiAffinity:
  requiredDuringSchedulingIgnoredDuringExecution:
    - topologyKey: kubernetes.io/hostname
      labelSelector:
        matchLabels: {{- include "rolecall.selectorLabels" . | nindent 10 }}
{{- end -}}

{{/* An init container that works on the node's rules once. Takes [context, the keeper's command]. */}}
{{- define "rolecall.rulesOnce" -}}
{{- $context := index . 0 -}}
image: {{ include "rolecall.image" (list $context "agent") }}
imagePullPolicy: {{ $context.Values.image.pullPolicy }}
command:
  {{- include "rolecall.keeperCommand" $context | nindent 2 }}
  - {{ index . 1 }}
args: {{- include "rolecall.keeperArgs" $context | nindent 2 }}
securityContext: {{- include "rolecall.keeperSecurity" $context | nindent 2 }}
resources: {{- toYaml $context.Values.keeper.resources | nindent 2 }}
volumeMounts:
  - { name: state, mountPath: {{ $context.Values.agent.stateDirectory }} }
  {{- if $context.Values.interception.enabled }}
  - { name: xtables-lock, mountPath: /run/xtables.lock }
  {{- end }}
{{- end -}}

{{/* A container that does nothing until it is told to end. */}}
{{- define "rolecall.idle" -}}
image: {{ include "rolecall.image" (list . "agent") }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
command: [/usr/local/bin/node, --eval, 'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1e9)']
securityContext: {{- include "rolecall.agentSecurity" . | nindent 2 }}
resources: {{- toYaml .Values.agent.resources | nindent 2 }}
{{- end -}}

{{/* Link-local, on the loopback interface of every node. */}}
{{- define "rolecall.alias" -}}169.254.253.1{{- end -}}

{{/* Shared by keeper and agent of one pod. */}}
{{- define "rolecall.exchangeDirectory" -}}/run/rolecall-exchange{{- end -}}

{{/* Reads what pods send, and so has no right over the node. */}}
{{- define "rolecall.agentSecurity" -}}
{{ include "rolecall.containerSecurity" . }}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
capabilities: { drop: [ALL] }
{{- with .Values.agent.seLinuxOptions }}
seLinuxOptions: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "rolecall.keeperSecurity" -}}
{{ include "rolecall.containerSecurity" . }}
# The CNI results and the lock of iptables are root's alone; what it writes, the agent's group may read.
runAsUser: 0
runAsGroup: 65532
capabilities:
  drop: [ALL]
  {{- if .Values.interception.enabled }}
  # iptables, and the address on lo. It needs no NET_RAW.
  add: [NET_ADMIN]
  {{- end }}
{{- with .Values.agent.seLinuxOptions }}
seLinuxOptions: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
