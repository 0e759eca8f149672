namespace GitOps.EndToEnd.Tests.Install;

/// <summary>
/// The kinds of the Prometheus Operator as far as the chart uses them, from its documentation. They know no other field, so that
/// a strict API server refuses one that is misspelt; the definitions themselves are not ours to ship.
/// </summary>
internal static class MonitoringDefinitions
{
    private const string Duration = "^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$";

    private const string Texts = "{type: object, additionalProperties: {type: string}}";

    private const string Relabelings = """
        {type: array, items: {type: object, properties: {sourceLabels: {type: array, items: {type: string} }, separator: {type: string}, targetLabel: {type: string},
          regex: {type: string}, modulus: {type: integer}, replacement: {type: string}, action: {type: string, enum: [replace, keep, drop, labelmap, labeldrop, labelkeep, hashmod, lowercase, uppercase]} } } }
        """;

    private const string Endpoints = $$"""
        {type: array, items: {type: object, properties: {port: {type: string}, path: {type: string}, honorLabels: {type: boolean},
          interval: {type: string, pattern: "{{Duration}}"}, scrapeTimeout: {type: string, pattern: "{{Duration}}"},
          relabelings: {{Relabelings}}, metricRelabelings: {{Relabelings}} } } }
        """;

    private const string Rules = $$"""
        {type: array, items: {type: object, required: [expr], properties: {record: {type: string}, alert: {type: string}, expr: {x-kubernetes-int-or-string: true},
          for: {type: string, pattern: "{{Duration}}"}, labels: {{Texts}}, annotations: {{Texts}} } } }
        """;

    public static string Yaml { get; } = string.Join("\n---\n",
        Definition("ServiceMonitor", $$"""{selector: {type: object, properties: {matchLabels: {{Texts}} } }, endpoints: {{Endpoints}} }"""),
        Definition("PodMonitor", $$"""{selector: {type: object, properties: {matchLabels: {{Texts}} } }, podMetricsEndpoints: {{Endpoints}} }"""),
        Definition("PrometheusRule", $$"""
            {groups: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [name], items: {type: object, required: [name],
              properties: {name: {type: string, minLength: 1}, interval: {type: string, pattern: "{{Duration}}"}, rules: {{Rules}} } } } }
            """));

    private static string Definition(string kind, string properties)
    {
        var plural = kind.ToLowerInvariant() + "s";
        return $$"""
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: {{plural}}.monitoring.coreos.com}
            spec:
              group: monitoring.coreos.com
              scope: Namespaced
              names: {kind: {{kind}}, plural: {{plural}}, singular: {{kind.ToLowerInvariant()}} }
              versions:
                - name: v1
                  served: true
                  storage: true
                  schema: {openAPIV3Schema: {type: object, required: [spec], properties: {spec: {type: object, properties: {{properties.ReplaceLineEndings(" ")}} } } } }
            """;
    }
}
