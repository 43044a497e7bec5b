{{/* The first part of every name. */}}
{{- define "rolecall.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels by which a workload knows its pods; they can never change. The command rolecall finds the workloads by the first
     and the last, whatever the release and its objects are called. Takes [context, component]. */}}
{{- define "rolecall.selectorLabels" -}}
{{- $context := index . 0 -}}
app.kubernetes.io/name: rolecall
app.kubernetes.io/instance: {{ $context.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Takes [context, component]. */}}
{{- define "rolecall.labels" -}}
{{- $context := index . 0 -}}
{{ include "rolecall.selectorLabels" . }}
app.kubernetes.io/version: {{ $context.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $context.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $context.Chart.Name $context.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Takes [context, component]. */}}
{{- define "rolecall.image" -}}
{{- $context := index . 0 -}}
{{- $component := index . 1 -}}
{{- $own := index $context.Values $component "image" -}}
{{- if $own -}}
{{- $own -}}
{{- else -}}
{{- $registry := required "image.registry must be set, to the registry that holds the images rolecall-server and rolecall-agent, such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com" $context.Values.image.registry -}}
{{- printf "%s/rolecall-%s:%s" (trimSuffix "/" $registry) $component (default $context.Chart.AppVersion $context.Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* Takes [context, component]. */}}
{{- define "rolecall.serviceAccountName" -}}
{{- $context := index . 0 -}}
{{- $component := index . 1 -}}
{{- default (printf "%s-%s" (include "rolecall.fullname" $context) $component) (index $context.Values $component "serviceAccount" "name") -}}
{{- end -}}

{{/* The Secret with a component's certificate, where it is not managed. Takes [context, component]. */}}
{{- define "rolecall.tlsSecret" -}}
{{- $context := index . 0 -}}
{{- $component := index . 1 -}}
{{- $fullname := include "rolecall.fullname" $context -}}
{{- if eq $context.Values.tls.mode "secret" -}}
{{- required (printf "tls.secret.%s must name the Secret with tls.crt, tls.key and ca.crt, as tls.mode is secret" $component) (index $context.Values.tls.secret $component) -}}
{{- else -}}
{{- printf "%s-%s-issued" $fullname $component -}}
{{- end -}}
{{- end -}}

{{/* The Secret, ConfigMap and Lease of managed certificates. The servers make them. */}}
{{- define "rolecall.pkiName" -}}
{{- printf "%s-pki" (include "rolecall.fullname" .) -}}
{{- end -}}

{{/* What an agent's token is issued for: the servers of this release and nobody else. */}}
{{- define "rolecall.tokenAudience" -}}
{{- printf "%s-server" (include "rolecall.fullname" .) -}}
{{- end -}}

{{/* The name agents dial; it is also in the certificate. */}}
{{- define "rolecall.serverHost" -}}
{{- printf "%s-server.%s.svc" (include "rolecall.fullname" .) .Release.Namespace -}}
{{- end -}}

{{/* Every name of the servers' Service, and localhost for a port-forward, as a JSON list. */}}
{{- define "rolecall.serverNames" -}}
{{- $service := printf "%s-server" (include "rolecall.fullname" .) -}}
{{- $names := list $service (printf "%s.%s" $service .Release.Namespace) (include "rolecall.serverHost" .) (printf "%s.%s" (include "rolecall.serverHost" .) .Values.clusterDomain) "localhost" -}}
{{- if .Values.tls.serverName -}}
{{- $names = append $names .Values.tls.serverName -}}
{{- end -}}
{{- $names | uniq | toJson -}}
{{- end -}}

{{/* How both processes know whose certificate the other shows. */}}
{{- define "rolecall.peerArgs" -}}
- --trust-domain={{ .Values.tls.trustDomain }}
{{- if eq .Values.tls.mode "secret" }}
- --peer-role-from={{ .Values.tls.secret.peerRoleFrom }}
{{- end }}
{{- end -}}

{{/* Nodes that are not the servers' own, no Fargate and not to be cleaned: where pods are that need an agent. */}}
{{- define "rolecall.workerAffinity" -}}
nodeAffinity:
  requiredDuringSchedulingIgnoredDuringExecution:
    nodeSelectorTerms:
      - matchExpressions:
          - { key: eks.amazonaws.com/compute-type, operator: NotIn, values: [fargate] }
          {{- with .Values.server.dedicatedNodes }}
          {{- if .enabled }}
          - { key: {{ .key }}, operator: NotIn, values: [{{ .value | quote }}] }
          {{- end }}
          {{- end }}
          {{- with .Values.interception.cleanupLabel }}
          - { key: {{ . | quote }}, operator: DoesNotExist }
          {{- end }}
{{- end -}}

{{/* Takes [context, port]. */}}
{{- define "rolecall.scrapeAnnotations" -}}
{{- if (index . 0).Values.metrics.annotations -}}
prometheus.io/scrape: "true"
prometheus.io/port: {{ index . 1 | quote }}
prometheus.io/path: /metrics
{{- end -}}
{{- end -}}

{{/* What every container of ours starts from. */}}
{{- define "rolecall.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
seccompProfile: { type: RuntimeDefault }
{{- end -}}
