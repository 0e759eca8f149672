using System.Globalization;

namespace GitOps.EndToEnd.Tests;

/// <summary>YAML that tests commit.</summary>
internal static class Manifests
{
    public static string ConfigMap(string name, string value, string? @namespace = null) => $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: "{{name}}"{{Home(@namespace)}}}
        data: {key: "{{value}}"}

        """;

    public static string Secret(string name, string value) => $$"""
        apiVersion: v1
        kind: Secret
        metadata: {name: "{{name}}"}
        stringData: {key: "{{value}}"}

        """;

    public static string Service(string name, int port) => string.Create(CultureInfo.InvariantCulture, $$"""
        apiVersion: v1
        kind: Service
        metadata: {name: "{{name}}"}
        spec: {selector: {app: web}, ports: [{port: {{port}} }] }

        """);

    /// <summary>A namespace that is pruned when it is not desired any more.</summary>
    public static string PrunableNamespace(string name) => $$"""
        apiVersion: v1
        kind: Namespace
        metadata: {name: "{{name}}", annotations: {gitops-operator.dev/sync-options: Prune=true} }

        """;

    public static string Namespace(string name) => $$"""
        apiVersion: v1
        kind: Namespace
        metadata: {name: "{{name}}"}

        """;

    /// <summary>A kind <c>Widget</c> of a group of its own.</summary>
    public static string WidgetDefinition(string group) => $$"""
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: "widgets.{{group}}"}
        spec:
          group: "{{group}}"
          names: {kind: Widget, listKind: WidgetList, plural: widgets, singular: widget}
          scope: Namespaced
          versions:
          - name: v1
            served: true
            storage: true
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec: {type: object, properties: {size: {type: integer} } }

        """;

    public static string Widget(string group, string name, int size) => string.Create(CultureInfo.InvariantCulture, $$"""
        apiVersion: "{{group}}/v1"
        kind: Widget
        metadata: {name: "{{name}}"}
        spec: {size: {{size}} }

        """);

    private static string Home(string? @namespace) => @namespace is null ? string.Empty : $", namespace: \"{@namespace}\"";
}
