using System.Text.Json.Nodes;

namespace GitOps.Operator.Api;

/// <summary>
/// The fields of a spec that the operator acts on. Everything else a user may set is reported, whether we have heard of it or
/// not: a field that is taken and ignored would be a promise not kept. When a feature lands, its line moves from
/// <see cref="Advice"/> to <see cref="Supported"/>.
/// </summary>
internal static class SpecFields
{
    /// <summary>Paths that are acted on, with everything that stands above them; <c>[]</c> is any item of a list.</summary>
    private static readonly string[] Supported =
    [
        "spec.project",
        "spec.source.repoURL",
        "spec.source.targetRevision",
        "spec.source.tagPrefix",
        "spec.source.path",
        "spec.source.name",
        "spec.source.chart",
        "spec.source.verify.mode",
        "spec.source.verify.keys[].secretRef.name",
        "spec.source.verify.keys[].secretRef.key",
        "spec.source.verify.keys[].configMapRef.name",
        "spec.source.verify.keys[].configMapRef.key",
        "spec.source.verify.since",
        "spec.source.verify.requireReview[]",
        "spec.source.allowedRevisions[]",
        "spec.source.directory.recurse",
        "spec.source.directory.include",
        "spec.source.directory.exclude",
        "spec.source.kustomize.namePrefix",
        "spec.source.kustomize.nameSuffix",
        "spec.source.kustomize.namespace",
        "spec.source.kustomize.images[]",
        "spec.source.kustomize.replicas[].name",
        "spec.source.kustomize.replicas[].count",
        "spec.source.kustomize.commonLabels",
        "spec.source.kustomize.forceCommonLabels",
        "spec.source.kustomize.labelWithoutSelector",
        "spec.source.kustomize.labelIncludeTemplates",
        "spec.source.kustomize.commonAnnotations",
        "spec.source.kustomize.forceCommonAnnotations",
        "spec.source.kustomize.commonAnnotationsEnvsubst",
        "spec.source.kustomize.patches[].path",
        "spec.source.kustomize.patches[].patch",
        "spec.source.kustomize.patches[].target.group",
        "spec.source.kustomize.patches[].target.version",
        "spec.source.kustomize.patches[].target.kind",
        "spec.source.kustomize.patches[].target.name",
        "spec.source.kustomize.patches[].target.namespace",
        "spec.source.kustomize.patches[].target.labelSelector",
        "spec.source.kustomize.patches[].target.annotationSelector",
        "spec.source.kustomize.patches[].options",
        "spec.source.kustomize.components[]",
        "spec.source.kustomize.ignoreMissingComponents",
        "spec.source.kustomize.kubeVersion",
        "spec.source.kustomize.apiVersions[]",
        "spec.source.helm.releaseName",
        "spec.source.helm.namespace",
        "spec.source.helm.version",
        "spec.source.helm.kubeVersion",
        "spec.source.helm.apiVersions[]",
        "spec.source.helm.valueFiles[]",
        "spec.source.helm.values",
        "spec.source.helm.valuesObject",
        "spec.source.helm.parameters[].name",
        "spec.source.helm.parameters[].value",
        "spec.source.helm.parameters[].forceString",
        "spec.source.helm.fileParameters[].name",
        "spec.source.helm.fileParameters[].path",
        "spec.source.helm.skipCrds",
        "spec.source.helm.skipTests",
        "spec.source.helm.skipSchemaValidation",
        "spec.source.helm.ignoreMissingValueFiles",
        "spec.source.helm.passCredentials",
        "spec.sources[].repoURL",
        "spec.sources[].targetRevision",
        "spec.sources[].tagPrefix",
        "spec.sources[].path",
        "spec.sources[].name",
        "spec.sources[].chart",
        "spec.sources[].ref",
        "spec.sources[].verify.mode",
        "spec.sources[].verify.keys[].secretRef.name",
        "spec.sources[].verify.keys[].secretRef.key",
        "spec.sources[].verify.keys[].configMapRef.name",
        "spec.sources[].verify.keys[].configMapRef.key",
        "spec.sources[].verify.since",
        "spec.sources[].verify.requireReview[]",
        "spec.sources[].allowedRevisions[]",
        "spec.sources[].directory.recurse",
        "spec.sources[].directory.include",
        "spec.sources[].directory.exclude",
        "spec.sources[].kustomize.namePrefix",
        "spec.sources[].kustomize.nameSuffix",
        "spec.sources[].kustomize.namespace",
        "spec.sources[].kustomize.images[]",
        "spec.sources[].kustomize.replicas[].name",
        "spec.sources[].kustomize.replicas[].count",
        "spec.sources[].kustomize.commonLabels",
        "spec.sources[].kustomize.forceCommonLabels",
        "spec.sources[].kustomize.labelWithoutSelector",
        "spec.sources[].kustomize.labelIncludeTemplates",
        "spec.sources[].kustomize.commonAnnotations",
        "spec.sources[].kustomize.forceCommonAnnotations",
        "spec.sources[].kustomize.commonAnnotationsEnvsubst",
        "spec.sources[].kustomize.patches[].path",
        "spec.sources[].kustomize.patches[].patch",
        "spec.sources[].kustomize.patches[].target.group",
        "spec.sources[].kustomize.patches[].target.version",
        "spec.sources[].kustomize.patches[].target.kind",
        "spec.sources[].kustomize.patches[].target.name",
        "spec.sources[].kustomize.patches[].target.namespace",
        "spec.sources[].kustomize.patches[].target.labelSelector",
        "spec.sources[].kustomize.patches[].target.annotationSelector",
        "spec.sources[].kustomize.patches[].options",
        "spec.sources[].kustomize.components[]",
        "spec.sources[].kustomize.ignoreMissingComponents",
        "spec.sources[].kustomize.kubeVersion",
        "spec.sources[].kustomize.apiVersions[]",
        "spec.sources[].helm.releaseName",
        "spec.sources[].helm.namespace",
        "spec.sources[].helm.version",
        "spec.sources[].helm.kubeVersion",
        "spec.sources[].helm.apiVersions[]",
        "spec.sources[].helm.valueFiles[]",
        "spec.sources[].helm.values",
        "spec.sources[].helm.valuesObject",
        "spec.sources[].helm.parameters[].name",
        "spec.sources[].helm.parameters[].value",
        "spec.sources[].helm.parameters[].forceString",
        "spec.sources[].helm.fileParameters[].name",
        "spec.sources[].helm.fileParameters[].path",
        "spec.sources[].helm.skipCrds",
        "spec.sources[].helm.skipTests",
        "spec.sources[].helm.skipSchemaValidation",
        "spec.sources[].helm.ignoreMissingValueFiles",
        "spec.sources[].helm.passCredentials",
        "spec.destination.server",
        "spec.destination.name",
        "spec.destination.namespace",
        "spec.syncPolicy.automated.enabled",
        "spec.syncPolicy.automated.prune",
        "spec.syncPolicy.automated.selfHeal",
        "spec.syncPolicy.automated.allowEmpty",
        "spec.syncPolicy.syncOptions[]",
        "spec.syncPolicy.managedNamespaceMetadata.labels",
        "spec.syncPolicy.managedNamespaceMetadata.annotations",
        "spec.syncPolicy.retry.limit",
        "spec.syncPolicy.retry.refresh",
        "spec.syncPolicy.retry.backoff.duration",
        "spec.syncPolicy.retry.backoff.factor",
        "spec.syncPolicy.retry.backoff.maxDuration",
        "spec.ignoreDifferences[].group",
        "spec.ignoreDifferences[].kind",
        "spec.ignoreDifferences[].name",
        "spec.ignoreDifferences[].namespace",
        "spec.ignoreDifferences[].jsonPointers[]",
        "spec.ignoreDifferences[].jqPathExpressions[]",
        "spec.ignoreDifferences[].managedFieldsManagers[]",
        "spec.info[].name",
        "spec.info[].value",
        "spec.revisionHistoryLimit",
        "spec.suspend",
        "spec.interval",
        "spec.dependsOn[].name",
        "spec.dependsOn[].namespace",
        "spec.approval.required",
        "spec.syncWindows[].kind",
        "spec.syncWindows[].schedule",
        "spec.syncWindows[].duration",
        "spec.syncWindows[].timeZone",
        "spec.syncWindows[].manualSync",
        "spec.syncWindows[].syncOverrun",
        "spec.syncWindows[].description",
        "spec.deletionBudget.maxObjects",
        "spec.deletionBudget.maxPercent",
        "spec.deadlines.wave",
        "spec.deadlines.hook",
        "spec.deadlines.operation",
        "spec.drift.mode",
        "spec.drift.foreignFields",
        "spec.secretPolicy",
        "spec.serviceAccountName",
        "operation.sync.revision",
        "operation.sync.revisions[]",
        "operation.sync.prune",
        "operation.sync.dryRun",
        "operation.sync.resources[].group",
        "operation.sync.resources[].kind",
        "operation.sync.resources[].name",
        "operation.sync.resources[].namespace",
        "operation.sync.syncOptions[]",
        "operation.sync.syncStrategy.apply.force",
        "operation.sync.syncStrategy.hook.force",
        "operation.initiatedBy.username",
        "operation.initiatedBy.automated",
        "operation.info[].name",
        "operation.info[].value",
        "operation.retry.limit",
        "operation.retry.refresh",
        "operation.retry.backoff.duration",
        "operation.retry.backoff.factor",
        "operation.retry.backoff.maxDuration",
    ];

    /// <summary>What is not acted on yet, with the way out. The longest path that fits counts.</summary>
    private static readonly (string Path, string Advice)[] Advice =
    [
        ("spec.source.kustomize.version", "there is one version, which builds as kustomize 5.8 does; remove it"),
        ("spec.source.plugin", "plugins are programs that run with the operator's rights, and are not supported; use Helm or Kustomize, or run the program in CI and commit its output"),
        ("spec.source.directory.jsonnet", "Jsonnet is not supported; commit its output"),
        ("spec.source.directory.disableExtensionFilter", "only .yaml, .yml and .json files are read; remove it"),
        ("spec.source.ref", "only sources of spec.sources read each other's files; move the source there, or remove it"),
        ("spec.sourceHydrator", "the operator does not write to Git; render in CI, and set spec.source to the branch that holds the result"),
        ("operation.sync.source", "a sync is made from spec.source; change that instead"),
        ("operation.sync.sources", "a sync is made from spec.sources; change that instead, or name other revisions of it in operation.sync.revisions"),
        ("operation.sync.manifests", "manifests come from Git; commit them"),
        ("operation.sync.autoHealAttemptsCount", "Argo CD's own counter; leave it out"),
    ];

    private static readonly Node Root = Build();

    public static IReadOnlyList<string> SupportedPaths => Supported;

    /// <summary>Reports every value of <paramref name="spec"/> that nothing acts on.</summary>
    public static void Check(JsonObject spec, SpecErrors errors) => Walk(spec, Root.Below("spec"), "spec", "spec", errors);

    /// <summary>Reports every value of <paramref name="operation"/> that nothing acts on.</summary>
    public static void CheckOperation(JsonObject operation, SpecErrors errors) =>
        Walk(operation, Root.Below("operation"), "operation", "operation", errors);

    /// <summary>Reports every value of a source that nothing acts on.</summary>
    public static void CheckSource(JsonObject source, SpecErrors errors) =>
        Walk(source, Root.Below("spec")?.Below("source"), "spec.source", "spec.source", errors);

    /// <summary>Whether the path (with <c>[]</c> for items) is acted on.</summary>
    public static bool IsSupported(string path) => Supported.Contains(path, StringComparer.Ordinal);

    private static void Walk(JsonNode? value, Node? known, string field, string path, SpecErrors errors)
    {
        switch (value)
        {
            case null or JsonArray { Count: 0 }:
                break;
            case JsonObject fields when known is { Fields.Count: > 0 }:
                foreach (var (name, below) in fields)
                {
                    Walk(below, known.Below(name), $"{field}.{name}", $"{path}.{name}", errors);
                }

                break;
            case JsonArray items when known?.Below("[]") is { } item:
                for (var i = 0; i < items.Count; i++)
                {
                    Walk(items[i], item, $"{field}[{i}]", $"{path}[]", errors);
                }

                break;
            default:
                if (known is null)
                {
                    Report(field, path, errors);
                }

                break;
        }
    }

    private static void Report(string field, string path, SpecErrors errors) =>
        errors.Unsupported(field, AdviceFor(path) ?? "this field is not known; remove it");

    private static string? AdviceFor(string path)
    {
        // Both forms of a source have the same fields.
        var plain = path.Replace("spec.sources[]", "spec.source", StringComparison.Ordinal);
        return Advice.Where(item => plain == item.Path || plain.StartsWith(item.Path + ".", StringComparison.Ordinal)
                || plain.StartsWith(item.Path + "[", StringComparison.Ordinal))
            .OrderByDescending(static item => item.Path.Length).Select(static item => item.Advice).FirstOrDefault();
    }

    private static Node Build()
    {
        var root = new Node();
        foreach (var path in Supported)
        {
            var node = root;
            foreach (var name in path.Replace("[]", ".[]", StringComparison.Ordinal).Split('.'))
            {
                node = node.Add(name);
            }
        }

        return root;
    }

    private sealed class Node
    {
        public Dictionary<string, Node> Fields { get; } = new(StringComparer.Ordinal);

        public Node? Below(string name) => Fields.GetValueOrDefault(name);

        public Node Add(string name)
        {
            if (!Fields.TryGetValue(name, out var node))
            {
                Fields[name] = node = new Node();
            }

            return node;
        }
    }
}
