using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Referee;

namespace GitOps.Soak;

/// <summary>What is deployed: ten objects for each Application, of six kinds, one of them of a definition of our own.</summary>
public sealed class SoakWorkload
{
    public const int ObjectsPerApplication = 10;

    private const int Namespaces = 8;

    private readonly SoakSettings _settings;

    public SoakWorkload(SoakSettings settings)
    {
        _settings = settings;
        Group = $"{settings.Prefix}.example.com";
        Widget = new($"{Group}/v1", "Widget", "widgets");
        Kinds = [ConfigMap, Secret, Service, ServiceAccount, Deployment, Widget];
    }

    public static WatchedKind ConfigMap { get; } = new("v1", "ConfigMap", "configmaps");

    public static WatchedKind Secret { get; } = new("v1", "Secret", "secrets");

    public static WatchedKind Service { get; } = new("v1", "Service", "services");

    public static WatchedKind ServiceAccount { get; } = new("v1", "ServiceAccount", "serviceaccounts");

    public static WatchedKind Deployment { get; } = new("apps/v1", "Deployment", "deployments");

    /// <summary>Of the definition.</summary>
    public string Group { get; }

    public WatchedKind Widget { get; }

    /// <summary>Every kind of an Application's objects.</summary>
    public IReadOnlyList<WatchedKind> Kinds { get; }

    public IEnumerable<string> TargetNamespaces => Enumerable.Range(0, Math.Min(Namespaces, _settings.Applications)).Select(NamespaceOf);

    public string NamespaceOf(int application) => string.Create(CultureInfo.InvariantCulture, $"{_settings.Prefix}-{application % Namespaces}");

    public string NameOf(int application) => string.Create(CultureInfo.InvariantCulture, $"{_settings.Prefix}-{application:D3}");

    public bool IsMeant(string @namespace) => TargetNamespaces.Contains(@namespace, StringComparer.Ordinal);

    /// <summary>Every second Application heals.</summary>
    public static bool Heals(int application) => application % 2 == 0;

    /// <summary>Objects that commits add, change and remove, and nobody else touches: what happens to them is never drift.</summary>
    public static bool IsChurn(Subject subject) => subject.Name.EndsWith("-churn", StringComparison.Ordinal);

    /// <summary>What people edit.</summary>
    public IReadOnlyList<(WatchedKind Kind, string Name)> EditableOf(int application)
    {
        var name = NameOf(application);
        return
        [
            (ConfigMap, $"{name}-settings"), (ConfigMap, $"{name}-flags"), (ConfigMap, $"{name}-stamped"), (Secret, $"{name}-login"), (Service, $"{name}-web"),
            (ServiceAccount, $"{name}-runner"), (Deployment, $"{name}-web"), (Widget, $"{name}-left"), (Widget, $"{name}-right"),
        ];
    }

    public JsonObject Application(int application, string repository) => Parse($$"""
        {
          "apiVersion": "gitops-operator.dev/v1alpha1", "kind": "Application",
          "metadata": {"namespace": "{{_settings.ApplicationNamespace}}", "name": "{{NameOf(application)}}"},
          "spec": {
            "project": "default",
            "source": {"repoURL": "{{repository}}", "targetRevision": "main", "path": "{{NameOf(application)}}"},
            "destination": {"namespace": "{{NamespaceOf(application)}}"},
            "interval": "3s",
            "syncPolicy": {
              "automated": {"prune": true, "selfHeal": {{(Heals(application) ? "true" : "false")}} },
              "retry": {"limit": -1, "backoff": {"duration": "1s", "factor": 1, "maxDuration": "2s"} }
            }
          }
        }
        """);

    /// <summary>The files of an Application in the repository.</summary>
    /// <param name="application">From 0.</param>
    /// <param name="version">Stands in two of them: a commit changes it.</param>
    /// <param name="churn">Keys of the object that nobody edits; null: it is not there.</param>
    public IEnumerable<(string Path, string? Content)> Files(int application, int version, IReadOnlyList<string>? churn)
    {
        var name = NameOf(application);
        return
        [
            ($"{name}/settings.yaml", Text(Data(ConfigMap, $"{name}-settings", version))),
            ($"{name}/flags.yaml", Text(Data(ConfigMap, $"{name}-flags", 0))),
            ($"{name}/stamped.yaml", Text(Data(ConfigMap, $"{name}-stamped", 0, ",\"stamp\": \"ours\""))),
            ($"{name}/login.yaml", Text(Object(Secret, $"{name}-login", """ "type": "Opaque", "stringData": {"user": "admin", "password": "not-so-secret"} """))),
            ($"{name}/service.yaml", Text(Object(Service, $"{name}-web", $$""" "spec": {"selector": {"app": "{{name}}"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "admin", "port": 81, "targetPort": 9090}]} """))),
            ($"{name}/runner.yaml", Text(Object(ServiceAccount, $"{name}-runner", "\"automountServiceAccountToken\": false"))),
            ($"{name}/deployment.yaml", Text(Web(name, version))),
            ($"{name}/left.yaml", Text(WidgetOf($"{name}-left"))),
            ($"{name}/right.yaml", Text(WidgetOf($"{name}-right"))),
            ($"{name}/churn.yaml", churn is null ? null : Text(Object(ConfigMap, $"{name}-churn", "\"data\": {" + string.Join(", ", churn.Select(static key => $"\"{key}\": \"1\"")) + "}"))),
        ];
    }

    public JsonObject Definition() => Parse($$"""
        {
          "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.{{Group}}"},
          "spec": {
            "group": "{{Group}}", "scope": "Namespaced", "names": {"kind": "Widget", "listKind": "WidgetList", "plural": "widgets", "singular": "widget"},
            "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {} }, "schema": {"openAPIV3Schema": {
              "type": "object", "properties": {
                "spec": {"type": "object", "properties": {
                  "color": {"type": "string"}, "size": {"type": "integer"}, "shape": {"type": "string", "default": "round"},
                  "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"} },
                  "steps": {"type": "array", "items": {"type": "string"} },
                  "parts": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": {
                    "type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "count": {"type": "integer"}, "unit": {"type": "string", "default": "piece"} } } } } },
                "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true} } } } }]
          }
        }
        """);

    private JsonObject WidgetOf(string name) => Object(Widget, name, """
        "spec": {"color": "blue", "size": 3, "tags": ["a", "b"], "steps": ["cut", "glue"], "parts": [{"name": "wheel", "count": 4}, {"name": "axle", "count": 2}]}
        """);

    private static JsonObject Data(WatchedKind kind, string name, int version, string more = "") =>
        Object(kind, name, $$""" "data": {"color": "blue", "size": "large", "version": "{{version}}", "file.yaml": "a: 1\nb: 2\n"{{more}} } """);

    private static JsonObject Web(string name, int version) => Object(Deployment, $"{name}-web", $$"""
        "spec": {
          "replicas": 2, "selector": {"matchLabels": {"app": "{{name}}"} },
          "template": {"metadata": {"labels": {"app": "{{name}}"} }, "spec": {
            "containers": [
              {"name": "main", "image": "example.com/web:{{version}}", "args": ["--port", "8080"], "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "C", "value": "3"}],
               "resources": {"requests": {"cpu": "100m", "memory": "64Mi"} } },
              {"name": "helper", "image": "example.com/helper:1"}],
            "volumes": [{"name": "tmp", "emptyDir": {} }]} } }
        """);

    private static JsonObject Object(WatchedKind kind, string name, string rest) => Parse($$"""
        {"apiVersion": "{{kind.ApiVersion}}", "kind": "{{kind.Kind}}", "metadata": {"name": "{{name}}", "labels": {"team": "a", "app.example.com/part": "soak"} }, {{rest}} }
        """);

    private static JsonObject Parse(string text) => JsonNode.Parse(text)!.AsObject();

    // JSON is YAML.
    private static string Text(JsonObject manifest) => manifest.ToJsonString() + "\n";
}
