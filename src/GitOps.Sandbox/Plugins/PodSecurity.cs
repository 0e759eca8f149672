using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Plugins;

/// <summary>
/// Holds pods to the security level that labels of their namespace name: refuses them, or warns about them and about the
/// templates they would be made of. Versions of the standards other than the latest are named but not told apart.
/// </summary>
internal static class PodSecurity
{
    private const string Prefix = "pod-security.kubernetes.io/";
    private const string Privileged = "privileged";

    private static readonly string[] Levels = [Privileged, "baseline", "restricted"];
    private static readonly string[] Modes = ["enforce", "audit", "warn"];
    private static readonly string[] ContainerLists = ["containers", "initContainers", "ephemeralContainers"];
    private static readonly string[] Ignored = ["exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"];

    /// <exception cref="ApiError">403: the level does not allow the pod; 422: a namespace's labels name no level.</exception>
    public static void Validate(AdmissionRequest request)
    {
        if (request.Operation is not (AdmissionRequest.Create or AdmissionRequest.Update) || request.Object is not { } json)
        {
            return;
        }

        if (request.Storage == NamespaceRules.Namespaces)
        {
            if (request.Subresource.Length == 0)
            {
                Namespace(request, json);
            }
        }
        else if (request.Storage == AdmissionPlugins.Pods)
        {
            if (!Ignored.Contains(request.Subresource, StringComparer.Ordinal) && IsSignificant(request.OldObject, json))
            {
                Pod(request, json.Object("spec") ?? [], enforces: true);
            }
        }
        else if (request.Subresource.Length == 0 && Template(request, json).Object("spec") is { } template)
        {
            Pod(request, template, enforces: false);
        }
    }

    private static JsonObject? Template(AdmissionRequest request, JsonObject json) => (request.Resource.Group, request.Resource.Kind) switch
    {
        ("apps", "Deployment" or "ReplicaSet" or "StatefulSet" or "DaemonSet") or ("batch", "Job") or ("", "ReplicationController") => json.Object("spec").Object("template"),
        ("batch", "CronJob") => json.Object("spec").Object("jobTemplate").Object("spec").Object("template"),
        ("", "PodTemplate") => json.Object("template"),
        _ => null,
    };

    private static bool IsSignificant(JsonObject? old, JsonObject json) => old is null
        || ContainerLists.Any(name => !JsonNode.DeepEquals(old.Object("spec")?[name], json.Object("spec")?[name]));

    private static string? Level(string? label) => label is null ? null : Levels.Contains(label, StringComparer.Ordinal) ? label : "restricted";

    private static string Describe(string level, string? version) => $"{level}:{(version is { Length: > 0 } ? version : "latest")}";

    private static void Pod(AdmissionRequest request, JsonObject spec, bool enforces)
    {
        if (request.Cluster.Store.Table(NamespaceRules.Namespaces).Find(string.Empty, request.Namespace)?.Labels is not { } labels)
        {
            return;
        }

        if (enforces && Level(labels.Find(Prefix + "enforce")) is { } enforced && PodStandards.Violations(spec, enforced) is { Count: > 0 } refused)
        {
            var policy = Describe(enforced, labels.Find(Prefix + "enforce-version"));
            throw ApiError.Forbidden(request.Storage, request.DisplayName, $"violates PodSecurity \"{policy}\": {string.Join(", ", refused)}");
        }

        if (Level(labels.Find(Prefix + "warn")) is { } warned && PodStandards.Violations(spec, warned) is { Count: > 0 } noted)
        {
            var policy = Describe(warned, labels.Find(Prefix + "warn-version"));
            request.Context.Warn($"would violate PodSecurity \"{policy}\": {string.Join(", ", noted)}");
        }
    }

    private static void Namespace(AdmissionRequest request, JsonObject json)
    {
        var (labels, before) = (json.Object("metadata").Object("labels"), request.OldObject.Object("metadata").Object("labels"));
        var causes = Mistakes(labels);
        if (causes.Count > 0 && (request.OldObject is null || !causes.SequenceEqual(Mistakes(before))))
        {
            throw ApiError.Invalid(string.Empty, "Namespace", request.Name, causes);
        }

        var (level, former) = (Level(labels.Text(Prefix + "enforce")) ?? Privileged, Level(before.Text(Prefix + "enforce")) ?? Privileged);
        if (request.OldObject is not null && Array.IndexOf(Levels, level) > Array.IndexOf(Levels, former))
        {
            WarnOfPods(request, level, Describe(level, labels.Text(Prefix + "enforce-version")));
        }
    }

    private static List<StatusCause> Mistakes(JsonObject? labels)
    {
        var causes = new List<StatusCause>();
        foreach (var mode in Modes)
        {
            if (labels.Text(Prefix + mode) is { } level && !Levels.Contains(level, StringComparer.Ordinal))
            {
                causes.Add(Mistake(Prefix + mode, level, $"must be one of {string.Join(", ", Levels)}"));
            }

            if (labels.Text($"{Prefix}{mode}-version") is { } version && version != "latest" && !IsVersion(version))
            {
                causes.Add(Mistake($"{Prefix}{mode}-version", version, "must be \"latest\" or \"v1.x\""));
            }
        }

        return causes;
    }

    private static bool IsVersion(string text) =>
        text.StartsWith("v1.", StringComparison.Ordinal) && text.Length > 3 && text.AsSpan(3).IndexOfAnyExceptInRange('0', '9') < 0;

    private static StatusCause Mistake(string label, string value, string why) =>
        new("FieldValueInvalid", $"Invalid value: {Causes.Describe(value)}: {why}", $"metadata.labels[{label}]");

    /// <summary>Pods that are there already stay; who tightens the level is told of them.</summary>
    private static void WarnOfPods(AdmissionRequest request, string level, string policy)
    {
        var served = ResourceCatalog.BuiltIn.FindStored(AdmissionPlugins.Pods)!;
        var bad = request.Cluster.Store.Take(request.Cluster.Store.Table(AdmissionPlugins.Pods)).Enumerate(request.Name)
            .Select(stored => (stored.Name, Reasons: Reasons(served.Read(stored), level)))
            .Where(static pod => pod.Reasons.Length > 0)
            .GroupBy(static pod => pod.Reasons, static pod => pod.Name, StringComparer.Ordinal)
            .Select(static group => $"{group.Min(StringComparer.Ordinal)}{Others(group.Count() - 1)}: {group.Key}")
            .Order(StringComparer.Ordinal).ToList();
        if (bad.Count == 0)
        {
            return;
        }

        request.Context.Warn($"existing pods in namespace \"{request.Name}\" violate the new PodSecurity enforce level \"{policy}\"");
        foreach (var warning in bad)
        {
            request.Context.Warn(warning);
        }
    }

    private static string Reasons(JsonObject pod, string level) => string.Join(
        ", ", PodStandards.Violations(pod.Object("spec") ?? [], level).Select(static violation => violation[..violation.IndexOf(" (", StringComparison.Ordinal)]));

    private static string Others(int count) => count switch
    {
        0 => string.Empty,
        1 => " (and 1 other pod)",
        _ => $" (and {count} other pods)",
    };
}
