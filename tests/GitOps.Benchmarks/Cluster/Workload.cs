using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Options;

namespace GitOps.Benchmarks.Cluster;

/// <summary>
/// What is deployed. Each Application has a Deployment, a Service and a ServiceAccount, and ConfigMaps for the rest; the
/// Applications share <see cref="Namespaces"/> namespaces.
/// </summary>
/// <param name="Prefix">Of every name: workloads of one cluster must not meet.</param>
/// <param name="Applications">How many.</param>
/// <param name="Objects">Of each.</param>
internal sealed record Workload(string Prefix, int Applications, int Objects)
{
    public const int Namespaces = 20;

    /// <summary>The objects of an Application that are no ConfigMaps come right after its first object.</summary>
    private const int Others = 3;

    public static string ApplicationNamespace => OperatorOptions.DefaultOperatorNamespace;

    public int TotalObjects => Applications * Objects;

    /// <summary>Where an Application's files lie in its repository.</summary>
    public static string PathOf(int application) => string.Create(CultureInfo.InvariantCulture, $"apps/{application:D4}");

    /// <summary>A small object for timing single requests.</summary>
    public static KubernetesObject Yardstick(string @namespace, int index) =>
        ConfigMap(@namespace, string.Create(CultureInfo.InvariantCulture, $"yardstick-{Guid.NewGuid():N}-{index}"), "yardstick", "1");

    public string ApplicationName(int application) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{application:D4}");

    public string NamespaceOf(int application) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{application % Namespaces:D2}");

    public IEnumerable<KubernetesObject> AllNamespaces() =>
        Enumerable.Range(0, Math.Min(Namespaces, Applications)).Select(index => New("v1", "Namespace", string.Empty, NamespaceOf(index)));

    /// <summary>The Application as a user would create it: automated, with prune and self-heal.</summary>
    public KubernetesObject Application(int application, string repository)
    {
        var item = New(Names.ApiVersion, Names.ApplicationKind, ApplicationNamespace, ApplicationName(application));
        item.Metadata!["finalizers"] = new JsonArray(Names.ArgoResourcesFinalizer + "/background");
        item.Json["spec"] = new JsonObject
        {
            ["project"] = "default",
            ["source"] = new JsonObject { ["repoURL"] = repository, ["targetRevision"] = "main", ["path"] = PathOf(application) },
            ["destination"] = new JsonObject { ["namespace"] = NamespaceOf(application) },
            ["syncPolicy"] = new JsonObject { ["automated"] = new JsonObject { ["prune"] = true, ["selfHeal"] = true } },
        };
        return item;
    }

    /// <summary>One object of an Application.</summary>
    /// <param name="application">From 0.</param>
    /// <param name="index">From 0.</param>
    /// <param name="value">Stands in every ConfigMap.</param>
    public KubernetesObject Object(int application, int index, string value = "1")
    {
        var (@namespace, name) = (NamespaceOf(application), ObjectName(application, index));
        return index switch
        {
            1 => Deployment(@namespace, name),
            2 => Service(@namespace, name),
            3 => New("v1", "ServiceAccount", @namespace, name),
            _ => ConfigMap(@namespace, name, ApplicationName(application), value),
        };
    }

    /// <summary>The same object as the operator applies it: with marks as long as its own, under keys that its watches do not select.</summary>
    public KubernetesObject MarkedObject(int application, int index)
    {
        var item = Object(application, index);
        var owner = new NamespacedName(ApplicationNamespace, ApplicationName(application));
        var metadata = item.Metadata!;
        metadata["labels"] ??= new JsonObject();
        metadata["labels"]!["gitops-benchmark.dev/application"] = Marks.LabelValue(owner);
        metadata["annotations"] = new JsonObject { ["gitops-benchmark.dev/tracking-id"] = Marks.TrackingId(owner, item.Key) };
        return item;
    }

    public string ObjectName(int application, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{application:D4}-{index:D4}");

    /// <summary>The indices of an Application's ConfigMaps.</summary>
    public IEnumerable<int> ConfigMaps() => Enumerable.Range(0, Objects).Where(static index => index is 0 or > Others);

    private static KubernetesObject ConfigMap(string @namespace, string name, string application, string value)
    {
        var item = New("v1", "ConfigMap", @namespace, name);
        item.Metadata!["labels"] = new JsonObject { ["app.kubernetes.io/name"] = application };
        item.Json["data"] = new JsonObject
        {
            ["value"] = value,
            ["log-level"] = "info",
            ["endpoint"] = $"https://{name}.example.com/api/v1",
            ["settings.yaml"] = "server:\n  port: 8080\n  timeout: 30s\nfeatures:\n  search: true\n  export: false\n",
        };
        return item;
    }

    private static KubernetesObject Deployment(string @namespace, string name)
    {
        var item = New("apps/v1", "Deployment", @namespace, name);
        item.Metadata!["labels"] = Selector(name);
        item.Json["spec"] = new JsonObject
        {
            ["replicas"] = 2,
            ["selector"] = new JsonObject { ["matchLabels"] = Selector(name) },
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = Selector(name) },
                ["spec"] = new JsonObject
                {
                    ["containers"] = new JsonArray(new JsonObject
                    {
                        ["name"] = "main",
                        ["image"] = "registry.example.com/team/main:1.2.3",
                        ["args"] = new JsonArray("--listen", ":8080"),
                        ["ports"] = new JsonArray(new JsonObject { ["name"] = "http", ["containerPort"] = 8080 }),
                        ["env"] = new JsonArray(new JsonObject { ["name"] = "LOG_LEVEL", ["value"] = "info" }),
                        ["resources"] = new JsonObject
                        {
                            ["requests"] = new JsonObject { ["cpu"] = "100m", ["memory"] = "128Mi" },
                            ["limits"] = new JsonObject { ["memory"] = "256Mi" },
                        },
                    }),
                },
            },
        };
        return item;
    }

    private static KubernetesObject Service(string @namespace, string name)
    {
        var item = New("v1", "Service", @namespace, name);
        item.Json["spec"] = new JsonObject
        {
            ["selector"] = Selector(name),
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "http", ["port"] = 80, ["targetPort"] = "http", ["protocol"] = "TCP" }),
        };
        return item;
    }

    private static JsonObject Selector(string name) => new() { ["app.kubernetes.io/name"] = name };

    private static KubernetesObject New(string apiVersion, string kind, string @namespace, string name)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (@namespace.Length > 0)
        {
            metadata["namespace"] = @namespace;
        }

        return new(new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = kind, ["metadata"] = metadata });
    }
}
