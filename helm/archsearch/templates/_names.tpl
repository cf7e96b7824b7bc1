{{/* The address of NATS: the one that is given, or that of the server that the chart runs. */}}
{{- define "archsearch.nats" -}}
{{- .Values.nats.url | default (printf "nats://archsearch-nats.%s:4222" .Release.Namespace) -}}
{{- end -}}

{{/* The port of that address. */}}
{{- define "archsearch.natsPort" -}}
{{- regexFind ":[0-9]+$" (include "archsearch.nats" .) | trimPrefix ":" | default "4222" -}}
{{- end -}}

{{/*
What the store of blobs may take of NATS's volume: nine tenths, as NATS itself, less what the stores of messages (256 MiB) and of last words
(16 MiB) have for themselves. NATS makes no store for which there is not that much left.
*/}}
{{- define "archsearch.natsBlobBytes" -}}
{{- $size := .Values.nats.storage.size -}}
{{- $mebibytes := dict "Mi" 1 "Gi" 1024 "Ti" 1048576 -}}
{{- $volume := mul (regexFind "^[0-9]+" $size) (get $mebibytes (regexFind "[MGT]i$" $size)) -}}
{{- if lt $volume 1024 -}}
{{- fail (printf "nats.storage.size is %s: give 1Gi or more, or models find no place beside messages" $size) -}}
{{- end -}}
{{- mul 1048576 (sub (div (mul 9 $volume) 10) 272) -}}
{{- end -}}

{{/* Namespaces with searches, as JSON: with the scope Namespaced the one that is named, or the release's own. */}}
{{- define "archsearch.searchNamespaces" -}}
{{- if and (eq .Values.scope "Namespaced") (empty .Values.searchNamespaces) -}}
{{- list .Release.Namespace | toJson -}}
{{- else -}}
{{- .Values.searchNamespaces | toJson -}}
{{- end -}}
{{- end -}}

{{/* What selects the Pods of a component; it cannot be changed on an installed release. */}}
{{- define "archsearch.selector" -}}
{app.kubernetes.io/name: archsearch, app.kubernetes.io/component: {{ . }}}
{{- end -}}

{{/* (list $ COMPONENT): the labels of everything that belongs to a component. */}}
{{- define "archsearch.labels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: archsearch
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Pod Security Standard "restricted", the Pod's part and the container's. */}}
{{- define "archsearch.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end -}}
{{- define "archsearch.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* Where a component's Pods may run, and with whose pull secrets: (list $ COMPONENT'S VALUES). */}}
{{- define "archsearch.placement" -}}
{{- $root := index . 0 -}}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with index . 1 }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Arguments of every command that works as the operator. */}}
{{- define "archsearch.scopeArguments" -}}
{{- if eq .Values.scope "Namespaced" }}
- --namespace={{ include "archsearch.searchNamespaces" . | fromJsonArray | first }}
{{- end }}
{{- end -}}

{{/* It says where the lease lies. */}}
{{- define "archsearch.environment" -}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
{{- end -}}

{{/* What selects the Pods of trials, whoever made their search. */}}
{{- define "archsearch.trialPods" -}}
{matchExpressions: [{key: archsearch.dev/search, operator: Exists}]}
{{- end -}}
