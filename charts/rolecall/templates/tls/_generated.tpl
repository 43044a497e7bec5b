{{/*
The generated certificates, as the Secrets' data: those of the cluster where they are there, and otherwise new ones. Each
side trusts the authority that signed the other, so both are kept or both are made.

Kept in .Values for the time of the rendering, so that each template that asks sees the same.
*/}}
{{- define "rolecall.generatedTls" -}}
{{- if not (hasKey .Values "generatedTls") -}}
{{- $server := (lookup "v1" "Secret" .Release.Namespace (include "rolecall.tlsSecret" (list . "server"))).data -}}
{{- $agent := (lookup "v1" "Secret" .Release.Namespace (include "rolecall.tlsSecret" (list . "agent"))).data -}}
{{- if not (and $server $agent) -}}
{{- $days := int .Values.tls.generated.days -}}
{{- $names := include "rolecall.serverNames" . | fromJsonArray -}}
{{- /* The authority's key is forgotten: nobody can sign another certificate with it. */ -}}
{{- $ca := genCAWithKey "rolecall" $days (genPrivateKey "ecdsa") -}}
{{- /* Helm writes no URIs: the role is named by a DNS name of the trust domain. */ -}}
{{- $certificate := genSignedCertWithKey "rolecall-server" (list "127.0.0.1") (append $names (printf "server.%s.internal" .Values.tls.trustDomain)) $days $ca (genPrivateKey "ecdsa") -}}
{{- $server = dict "ca.crt" (b64enc $ca.Cert) "tls.crt" (b64enc $certificate.Cert) "tls.key" (b64enc $certificate.Key) -}}
{{- $certificate = genSignedCertWithKey "rolecall-agent" nil (list (printf "agent.%s.internal" .Values.tls.trustDomain)) $days $ca (genPrivateKey "ecdsa") -}}
{{- $agent = dict "ca.crt" (b64enc $ca.Cert) "tls.crt" (b64enc $certificate.Cert) "tls.key" (b64enc $certificate.Key) -}}
{{- end -}}
{{- $_ := set .Values "generatedTls" (dict "server" $server "agent" $agent) -}}
{{- end -}}
{{- end -}}

{{/* An annotation that restarts pods when their certificates are made anew. Takes [context, component]. */}}
{{- define "rolecall.tlsAnnotation" -}}
{{- $context := index . 0 -}}
{{- if eq $context.Values.tls.mode "generated" -}}
{{- include "rolecall.generatedTls" $context -}}
rolecall.dev/certificate: {{ index $context.Values.generatedTls (index . 1) "tls.crt" | sha256sum | trunc 16 }}
{{- end -}}
{{- end -}}
