namespace GitOps.Manifests.Tests.Kustomize.Generation;

/// <summary>Built-in generators and transformers as objects of their own.</summary>
internal static class PluginTemplates
{
    public static readonly IReadOnlyList<string> Transformers =
    [
        "{kind: PrefixTransformer, prefix: '<pick t- | \"\">', fieldSpecs: [{path: metadata/name}, {?: 1, path: spec/configRef, kind: Widget}, {?: 1, path: spec/serviceName, ?create: true, kind: StatefulSet}]}",
        "{kind: SuffixTransformer, suffix: -t, fieldSpecs: [{path: metadata/name, ?kind: Service}, {?: 1, path: metadata/name, group: apps}]}",
        "{kind: NamespaceTransformer, namespace: plugged, ?unsetOnly: true, ?setRoleBindingSubjects: <pick none | defaultOnly | allServiceAccounts>, ?fieldSpecs: [{path: metadata/name, kind: Namespace, create: true}, {?: 1, path: spec/ref/namespace, kind: Widget, ?create: true}, {?: 1, path: metadata/namespace, create: true}, {?: 1, path: subjects/namespace, kind: RoleBinding, create: true}]}",
        "{kind: LabelTransformer, labels: {plugged: <value>, ?other: x}, fieldSpecs: [{path: metadata/labels, create: true}, {?: 1, path: spec/selector/matchLabels, kind: Deployment}, {?: 1, path: spec/labels, create: true, kind: Widget}]}",
        "{kind: AnnotationsTransformer, annotations: {plugged: <value>, ?note: <value>}, fieldSpecs: [{path: metadata/annotations, create: true}, {?: 1, path: spec/template/metadata/annotations, ?create: true, kind: Deployment}]}",
        "{kind: ImageTagTransformer, imageTag: {name: <pick nginx | app | .*>, ?newName: plugged, newTag: '<pick v1 | \"2\">'}, ?fieldSpecs: [{path: spec/image, ?create: true, kind: Widget}]}",
        "{kind: ReplicaCountTransformer, replica: {name: Self, count: 4}, fieldSpecs: [{path: spec/replicas, create: true, kind: Deployment}, {path: spec/replicas, create: true, kind: StatefulSet}, {?: 1, path: spec/size, create: true}]}",
        "{kind: PatchTransformer, patch: '[{\"op\": \"add\", \"path\": \"/metadata/annotations\", \"value\": {\"by\": \"patch\"}}]', target: {?kind: <pick Service | Deployment | .*>, ?6 name: Self}}",
        "{kind: PatchTransformer, patch: '{\"apiVersion\": \"v1\", \"kind\": \"any\", \"metadata\": {\"name\": \"any\", \"labels\": {\"by\": \"merge\"}}}', target: {kind: <pick Service | Deployment | .*>}, ?6 options: {allowNameChange: true}}",
        "{kind: ReplacementTransformer, replacements: [{source: {kind: Kind, name: Self, ?fieldPath: <pick metadata.name | kind | metadata>}, targets: [{select: {kind: Service}, fieldPaths: [metadata.annotations.plugged], options: {create: true}}]}]}",
        "{kind: ValueAddTransformer, value: '<pick added | \"\">', targets: [{?selector: {kind: <pick Service | Deployment | Widget>}, fieldPath: <pick metadata/annotations/added | spec/extra | metadata/namespace | metadata/name>, ?8 filePathPosition: 1}]}",
        "{kind: ValueAddTransformer, value: v, targets: [{selector: {kind: Widget}, fieldPath: spec/text, filePathPosition: <pick 1 | 2 | 9>}]}",
        "{kind: HashTransformer}",
    ];

    public static readonly IReadOnlyList<string> Generators =
    [
        "{kind: ConfigMapGenerator, ?4 name: Self-plugged, ?namespace: team, literals: [a=b, 'c=<&>'], ?files: [], ?options: {?disableNameSuffixHash: true, labels: {x: 'y'}, ?immutable: true}, ?12 behavior: create}",
        "{kind: SecretGenerator, name: Self-secret, type: Opaque, literals: ['pass=été', 'k=\"v\"']}",
        "{kind: IAMPolicyGenerator, cloud: gke, kubernetesService: {?namespace: team, name: Self-account}, serviceAccount: {name: svc, projectId: p}}",
    ];

    public static readonly IReadOnlyList<string> Validators =
    [
        "{kind: PrefixTransformer, prefix: '', fieldSpecs: [{path: metadata/name}]}",
        "{kind: LabelTransformer, labels: {}, fieldSpecs: [{path: metadata/labels}]}",
        "{kind: ImageTagTransformer, imageTag: {name: nothing-like-it, newTag: x}}",
        "{kind: LabelTransformer, labels: {changed: x}, fieldSpecs: [{path: metadata/labels, create: true}]}",
    ];
}
