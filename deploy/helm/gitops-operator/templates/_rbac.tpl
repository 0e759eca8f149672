{{/* A role and its binding: root, name, namespace (empty: of the cluster), rules (a template). */}}
{{- define "gitops-operator.grant" }}
{{- $kind := ternary "Role" "ClusterRole" (ne .namespace "") }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "gitops-operator.labels" .root | nindent 4 }}
rules:
  {{- include .rules .root | trim | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "gitops-operator.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ .name }}
subjects:
  {{- include "gitops-operator.subject" .root | nindent 2 }}
{{- end }}

{{- define "gitops-operator.rules.own" }}
- apiGroups: [gitops-operator.dev]
  resources: [applications]
  verbs: [get, list, watch, patch]
- apiGroups: [gitops-operator.dev]
  resources: [applications/status]
  verbs: [patch]
- apiGroups: [gitops-operator.dev]
  resources: [syncapprovals]
  verbs: [get, list, watch, delete]
- apiGroups: [gitops-operator.dev]
  resources: [resourceinventories]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- /* In the release's namespace: its key, credentials, what webhooks are signed with, what it trusts, and its lease. */}}
{{- define "gitops-operator.rules.home" }}
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, update]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch]
{{- if .Values.leaderElection.enabled }}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, list, watch, create, update]
{{- end }}
{{- end }}

{{- /* The one policy that vouches for approvals, and its binding. */}}
{{- define "gitops-operator.rules.approvals" }}
- apiGroups: [admissionregistration.k8s.io]
  resources: [validatingadmissionpolicies, validatingadmissionpolicybindings]
  resourceNames: [sync-approval.gitops-operator.dev]
  verbs: [get, list, watch]
{{- end }}

{{- define "gitops-operator.rules.managed" }}
{{ toYaml .Values.rbac.manageRules }}
{{- if .Values.rbac.escalate }}
- apiGroups: [rbac.authorization.k8s.io]
  resources: [roles, clusterroles]
  verbs: [bind]
- apiGroups: [rbac.authorization.k8s.io]
  resources: [roles{{ if eq .Values.rbac.scope "cluster" }}, clusterroles{{ end }}]
  verbs: [escalate]
{{- end }}
{{- include "gitops-operator.rules.impersonate" . }}
{{- end }}

{{- define "gitops-operator.rules.read" }}
{{ toYaml (concat .Values.rbac.readRules .Values.rbac.extraReadRules) }}
{{- end }}

{{- define "gitops-operator.rules.secrets" }}
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch]
{{- end }}

{{- define "gitops-operator.rules.impersonate" }}
- apiGroups: [""]
  resources: [serviceaccounts]
  verbs: [impersonate]
{{- end }}
