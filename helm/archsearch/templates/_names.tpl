{{- define "archsearch.nats" -}}
{{- .Values.nats.url | default (printf "nats://archsearch-nats.%s:4222" .Release.Namespace) -}}
{{- end -}}
