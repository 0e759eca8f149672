namespace GitOps.Manifests.Tests.Kustomize.Generation;

/// <summary>Fields of a kustomization that need nothing beside it.</summary>
internal static class SettingTemplates
{
    public const string Layer = """
        ?12 apiVersion: kustomize.config.k8s.io/v1beta1
        ?12 metadata: {name: layer, ?annotations: {a: b}}
        ?4 namePrefix: <pick p0- | p1- | p2.>
        ?5 nameSuffix: <pick -s0 | -s1>
        ?4 namespace: <pick team | prod | default>
        ?6 commonLabels: {owner: <value>, ?tier: common}
        ?5 labels:
        - pairs: {part: <value>, ?n: "1"}
          ?includeSelectors: true
          ?includeTemplates: true
        - ?: 1
          pairs: {deep: 'y', ?more: <value>}
          fields:
          - {path: spec/template/metadata/labels, kind: Deployment, create: true}
          - {?: 1, path: 'spec/labels', group: example.dev, create: true}
          - {?: 1, path: spec/selector/matchLabels, version: v1, create: true}
          ?includeTemplates: true
        - ?: 1
          pairs: {last: x}
          includeTemplates: true
        ?5 commonAnnotations: {note: <value>, ?level: a, ?x.y/z: <value>}
        ?4 images:
        - name: <pick nginx | busybox | redis | registry.example.org:5000/team/app | app | ngin.* | docker.io/library/nginx | (nginx|app)>
          ?newName: <pick mirror.example.org/x | nginx | a.b:80/c>
          ?newTag: <pick v9 | "1.10" | latest>
          ?6 digest: sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3
          ?6 tagSuffix: -slim
        - {?: 1, name: mirror.example.org/x, newTag: second}
        ?20 imageTags: [{name: nginx, newTag: old}]
        """;

    public const string Top = """
        ?4 sortOptions: <pick fifo | legacy>
        ?8 buildMetadata: [originAnnotations, managedByLabel, transformerAnnotations]
        ?8 generatorOptions: {?disableNameSuffixHash: <pick true | false>, ?immutable: true, ?labels: {all: generated, k: over}, ?annotations: {z: <value>}}
        """;

    public static readonly IReadOnlyList<string> SortOptions =
    [
        "order: fifo", "order: fifo", "order: fifo", "order: fifo", "order: legacy", "order: legacy", "order: legacy", "order: legacy", "order: legacy", "order: legacy", "order: legacy", "{order: legacy, legacySortOptions: {orderFirst: [ConfigMap, Deployment], orderLast: [Service]}}", "{order: legacy, legacySortOptions: {orderFirst: [], orderLast: [Namespace]}}",
        "{order: legacy, legacySortOptions: {orderLast: [Deployment, Widget]}}", "{order: fifo, legacySortOptions: {orderFirst: [Service]}}", "{order: legacy, legacySortOptions: {orderFirst: [Widget, StatefulSet, Widget]}}",
    ];

    public static readonly IReadOnlyList<string> BuildMetadata = ["b: [originAnnotations]", "b: [managedByLabel]", "b: [transformerAnnotations]", "b: [originAnnotations, managedByLabel, transformerAnnotations]"];

    /// <summary>What <c>configurations</c> may add.</summary>
    public static readonly IReadOnlyList<string> Configurations =
    [
        "nameReference: [{kind: ConfigMap, version: v1, fieldSpecs: [{kind: Widget, path: spec/configRef}, {kind: Widget, path: spec/list/name}]}]",
        "nameReference: [{kind: Widget, group: example.dev, fieldSpecs: [{path: spec/ref/name, kind: Widget}, {path: spec/rules/http/paths/backend/resource/name, kind: Ingress}]}]",
        "nameReference: [{kind: Deployment, fieldSpecs: [{path: spec/ref, kind: Widget}, {path: spec/refs, kind: Widget}, {path: spec/issuerRef/name}]}, {kind: StatefulSet, fieldSpecs: [{path: spec/refs}]}]",
        "{commonLabels: [{path: spec/labels, kind: Widget, create: true}, {path: spec/selector/matchLabels, kind: ServiceMonitor}], commonAnnotations: [{path: spec/notes, kind: Widget, create: true}]}",
        "{images: [{path: spec/image, kind: Widget}], replicas: [{path: spec/size, kind: Widget, create: true}], varReference: [{path: spec/text, kind: Widget}, {path: spec/list/value}]}",
        "{namePrefix: [{path: metadata/name}, {path: spec/configRef, kind: Widget}], nameSuffix: [{path: metadata/name, kind: Service}], namespace: [{path: spec/ref/namespace, kind: Widget, create: true}]}",
        "{namespace: [{path: metadata/name, kind: Namespace, create: true}, {path: subjects, kind: RoleBinding}], labels: [{path: metadata/labels, create: true}]}",
        "{namespace: [{path: spec/labels/team, create: true}], images: [{path: 'spec/containers[]/image', create: true}]}",
        "{varReference: [{path: metadata/annotations}, {path: data}, {path: spec/externalName, kind: Service}], templateLabels: [{path: spec/labels, kind: Widget, create: true}]}",
        "{}",
    ];

    /// <summary>A custom kind as <c>crds</c> takes it.</summary>
    public const string Crd = """
        dev.example.v1.Widget:
          Schema:
            properties:
              apiVersion: {type: string}
              kind: {type: string}
              metadata: {$ref: meta}
              spec: {$ref: dev.example.v1.WidgetSpec}
        dev.example.v1.WidgetSpec:
          Schema:
            properties:
              ?ref: {x-kubernetes-object-ref-api-version: <pick v1 | apps/v1>, x-kubernetes-object-ref-kind: <pick ConfigMap | Deployment | Service>, ?x-kubernetes-object-ref-name-key: name}
              ?labels: {x-kubernetes-label-selector: ""}
              ?notes: {x-kubernetes-annotation: ""}
              ?text: {x-kubernetes-identity: ""}
        """;

    /// <summary>Definitions as <c>openapi</c> takes them.</summary>
    public const string OpenApi = """
        definitions:
          v1.Widget:
            properties:
              spec:
                properties:
                  items: {type: array, items: {type: object}, x-kubernetes-patch-strategy: merge, x-kubernetes-patch-merge-key: name}
                  ?list: {type: array, items: {type: object}, x-kubernetes-patch-strategy: merge, x-kubernetes-patch-merge-key: name}
                  ?template: {$ref: '#/definitions/io.k8s.api.core.v1.PodTemplateSpec'}
                  ?containers: {type: array, items: {$ref: '#/definitions/own.Container'}, x-kubernetes-patch-strategy: merge, x-kubernetes-patch-merge-key: name}
            x-kubernetes-group-version-kind:
            - {group: example.dev, kind: Widget, version: v1}
            - {group: example.dev, kind: Widget, version: v2}
          own.Container:
            properties:
              env: {type: array, items: {type: object}, x-kubernetes-patch-strategy: merge, x-kubernetes-patch-merge-key: name}
        """;
}
