{{- define "gitops-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "gitops-operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "gitops-operator.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Of objects without a namespace: two releases of one name may live in two namespaces. */}}
{{- define "gitops-operator.clusterName" -}}
{{- $name := include "gitops-operator.fullname" . -}}
{{- if eq .Release.Namespace "gitops-system" -}}
{{- $name -}}
{{- else -}}
{{- printf "%s-%s" .Release.Namespace $name -}}
{{- end -}}
{{- end -}}

{{- define "gitops-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "gitops-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "gitops-operator.ownLabels" -}}
{{ include "gitops-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "gitops-operator.labels" -}}
{{ include "gitops-operator.labelsWith" (dict "root" . "more" dict) }}
{{- end -}}

{{/* The chart's labels with others: root, more. Those go before commonLabels of the same name. */}}
{{- define "gitops-operator.labelsWith" -}}
{{ include "gitops-operator.ownLabels" .root }}
{{- with merge (deepCopy .more) .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "gitops-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "gitops-operator.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name has to name the account, since serviceAccount.create is off" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "gitops-operator.image" -}}
{{- $image := printf "%s/%s" (default .Values.image.registry .Values.global.imageRegistry | trimSuffix "/") .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $image .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "gitops-operator.imagePullSecrets" -}}
{{- $secrets := .Values.imagePullSecrets -}}
{{- range .Values.global.imagePullSecrets -}}
{{- $secrets = append $secrets (ternary (dict "name" .) . (kindIs "string" .)) -}}
{{- end -}}
{{- with uniq $secrets -}}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{/* Where Applications are looked for, as JSON; an empty list: everywhere. */}}
{{- define "gitops-operator.namespaces" -}}
{{- $namespaces := .Values.operator.namespaces -}}
{{- if and (not $namespaces) (ne .Values.rbac.scope "cluster") -}}
{{- $namespaces = .Values.rbac.namespaces -}}
{{- end -}}
{{- $namespaces | toJson -}}
{{- end -}}

{{/* Whether there is a file of settings to mount: "true" or nothing. */}}
{{- define "gitops-operator.hasSettings" -}}
{{- if or .Values.operator.resourceExclusions .Values.operator.resourceInclusions .Values.operator.ignoreDifferences -}}
true
{{- end -}}
{{- end -}}

{{- define "gitops-operator.subject" -}}
- kind: ServiceAccount
  name: {{ include "gitops-operator.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{/* Labels of the pod that helm test runs. */}}
{{- define "gitops-operator.testLabels" -}}
app.kubernetes.io/name: {{ include "gitops-operator.name" . }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* A peer of a NetworkPolicy: the pods of the release, which hand webhook calls to the one that leads. */}}
{{- define "gitops-operator.replicas" -}}
- podSelector:
    matchLabels:
      {{- include "gitops-operator.selectorLabels" . | nindent 6 }}
{{- end -}}

{{/* What values.schema.json cannot say. */}}
{{- define "gitops-operator.validate" -}}
{{- if and (not .Values.leaderElection.enabled) (gt (int .Values.replicas) 1) -}}
{{- fail "replicas: without leaderElection.enabled only 1, since all of them would write" -}}
{{- end -}}
{{- if lt (int .Values.terminationGracePeriodSeconds) (add (int .Values.operator.shutdownTimeout) 8 | int) -}}
{{- fail "terminationGracePeriodSeconds: has to be at least 8 more than operator.shutdownTimeout, or what is under way is killed" -}}
{{- end -}}
{{- if and .Values.approvalPolicy.install (semverCompare "<1.30-0" .Capabilities.KubeVersion.Version) -}}
{{- fail (printf "approvalPolicy.install: Kubernetes %s has no ValidatingAdmissionPolicy of v1, only 1.30 and newer; set it to false: no approval counts then" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- $own := include "gitops-operator.ownLabels" . | fromYaml -}}
{{- $labels := dict "commonLabels" .Values.commonLabels "podLabels" .Values.podLabels "metrics.serviceMonitor.labels" .Values.metrics.serviceMonitor.labels "metrics.podMonitor.labels" .Values.metrics.podMonitor.labels "metrics.prometheusRule.labels" .Values.metrics.prometheusRule.labels "metrics.dashboards.labels" .Values.metrics.dashboards.labels -}}
{{- range $value, $given := $labels -}}
{{- range $key, $_ := $given -}}
{{- if or (hasKey $own $key) (eq $key "app.kubernetes.io/component") -}}
{{- fail (printf "%s: %s is a label that the chart sets itself" $value $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (eq .Values.rbac.scope "namespaces") (not .Values.rbac.namespaces) -}}
{{- fail "rbac.namespaces: has to name namespaces, since rbac.scope is namespaces" -}}
{{- end -}}
{{- if and (ne .Values.rbac.scope "impersonation") .Values.rbac.secretNamespaces -}}
{{- fail "rbac.secretNamespaces: only with rbac.scope impersonation; the other scopes read Secrets where they deploy" -}}
{{- end -}}
{{- if and (ne .Values.rbac.scope "impersonation") .Values.rbac.extraReadRules -}}
{{- fail "rbac.extraReadRules: only with rbac.scope impersonation; the other scopes have rbac.manageRules" -}}
{{- end -}}
{{- if and (eq .Values.rbac.scope "cluster") .Values.rbac.namespaces -}}
{{- fail "rbac.namespaces: not with rbac.scope cluster; set rbac.scope to namespaces or impersonation, or operator.namespaces" -}}
{{- end -}}
{{- if and .Values.rbac.namespaces .Values.operator.namespaces -}}
{{- range .Values.operator.namespaces -}}
{{- if not (has . $.Values.rbac.namespaces) -}}
{{- fail (printf "operator.namespaces: %s is none of rbac.namespaces, so nothing could be done there" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (eq .Values.rbac.scope "impersonation") .Values.operator.trustedNamespaces -}}
{{- fail "operator.trustedNamespaces: not with rbac.scope impersonation, where the operator has no rights to lend" -}}
{{- end -}}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.metrics.service.enabled) -}}
{{- fail "metrics.serviceMonitor: needs metrics.service.enabled; without it use metrics.podMonitor" -}}
{{- end -}}
{{- if and .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled -}}
{{- fail "metrics: serviceMonitor and podMonitor would count everything twice" -}}
{{- end -}}
{{- end -}}
