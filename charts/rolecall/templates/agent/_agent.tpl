{{/* The flags of the agent; its init container has the same, as both work on the same rules. */}}
{{- define "rolecall.agentArgs" -}}
{{- $agent := .Values.agent -}}
{{- $hosts := $agent.metadata.hosts -}}
- --server-address={{ include "rolecall.serverHost" . }}:9610
{{- with .Values.tls.serverName }}
- --server-name={{ . }}
{{- end }}
{{ include "rolecall.peerArgs" . }}
- --max-connection-age={{ .Values.server.maxConnectionAge }}
{{- if .Values.interception.enabled }}
- --metadata-address=169.254.253.1:{{ $agent.metadata.port }}
{{- with .Values.interception.hostInterface }}
- --host-interface={{ . }}
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
- --cni-results={{ $agent.cniDirectory }}/results
- --token-key-file={{ $agent.stateDirectory }}/token-key
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

{{- define "rolecall.agentSecurity" -}}
{{ include "rolecall.containerSecurity" . }}
# The CNI results and the lock of iptables are root's alone.
runAsUser: 0
runAsGroup: 0
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
