using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace GitOps.Sandbox.Admission;

/// <summary>A container's environment, and the references to fields of its pod.</summary>
internal static partial class EnvironmentValidation
{
    private static readonly string[] PodFields =
    [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs",
        "status.podIP", "status.podIPs",
    ];

    private static readonly string[] FromSources = ["configMapRef", "secretRef"];

    private static readonly string[] FileFields = ["metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid"];

    private static readonly string[] Resources =
    [
        "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory",
    ];

    public static void Check(JsonObject container, string path, Causes causes)
    {
        foreach (var (variable, place) in container.Each("env", path))
        {
            causes.CheckRequired($"{place}.name", variable.Text("name"), Names.Variable);
            if (variable.Object("valueFrom") is { } source)
            {
                Source(variable, source, $"{place}.valueFrom", causes);
            }
        }

        foreach (var (source, place) in container.Each("envFrom", path))
        {
            causes.CheckOptional($"{place}.prefix", source.Text("prefix"), Names.Variable);
            var given = FromSources.Where(name => source[name] is JsonObject).ToList();
            if (given.Count != 1)
            {
                causes.Invalid($"{path}.envFrom", string.Empty, given.Count == 0
                    ? "must specify one of: `configMapRef` or `secretRef`"
                    : "may not have more than one field specified at a time");
            }

            foreach (var name in given)
            {
                causes.RequireText($"{place}.{name}.name", source.Object(name).Text("name"));
            }
        }
    }

    /// <summary>A reference to a field of the pod, from a file of a volume.</summary>
    public static void FileField(JsonObject reference, string path, Causes causes) => Field(reference, path, FileFields, causes);

    /// <summary>A reference to what a container asks for.</summary>
    public static void ResourceField(JsonObject reference, string path, bool isInVolume, Causes causes)
    {
        if (isInVolume && reference.Text("containerName") is null or "")
        {
            causes.Required($"{path}.containerName");
        }

        var resource = reference.Text("resource") ?? string.Empty;
        if (resource.Length == 0)
        {
            causes.Required($"{path}.resource");
        }
        else if (!Resources.Contains(resource, StringComparer.Ordinal) && !resource.Contains(".hugepages-", StringComparison.Ordinal))
        {
            causes.NotSupported($"{path}.resource", resource, Resources.Select(Causes.Describe));
        }
    }

    private static void Source(JsonObject variable, JsonObject source, string path, Causes causes)
    {
        if (variable.Text("value") is { Length: > 0 })
        {
            causes.Invalid(path, string.Empty, "may not be specified when `value` is not empty");
        }
        else if (source.Count(static member => member.Value is JsonObject) != 1)
        {
            causes.Invalid(path, string.Empty, source.Count == 0
                ? "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
                : "may not have more than one field specified at a time");
        }

        if (source.Object("fieldRef") is { } field)
        {
            Field(field, $"{path}.fieldRef", PodFields, causes);
        }

        if (source.Object("resourceFieldRef") is { } resource)
        {
            ResourceField(resource, $"{path}.resourceFieldRef", isInVolume: false, causes);
        }

        foreach (var name in new[] { "configMapKeyRef", "secretKeyRef" })
        {
            if (source.Object(name) is { } reference)
            {
                var target = reference.Text("name") ?? string.Empty;
                causes.Check($"{path}.{name}.name", target, target.Length == 0 ? [Names.SubdomainRule] : Names.Subdomain(target));
                causes.CheckRequired($"{path}.{name}.key", reference.Text("key"), Names.ConfigKey);
            }
        }
    }

    private static void Field(JsonObject reference, string path, string[] supported, Causes causes)
    {
        var field = reference.Text("fieldPath") ?? string.Empty;
        if (reference.Text("apiVersion") is null or "")
        {
            causes.Required($"{path}.apiVersion");
        }

        if (field.Length == 0)
        {
            causes.Required($"{path}.fieldPath");
            return;
        }

        if (Subscript().Match(field) is { Success: true } match)
        {
            causes.Check($"{path}.fieldPath", match.Groups["key"].Value, Names.Qualified(match.Groups["key"].Value));
            return;
        }

        if (supported.Contains(field, StringComparer.Ordinal))
        {
            return;
        }

        if (IsConvertible(field))
        {
            causes.NotSupported($"{path}.fieldPath", field, supported.Select(Causes.Describe));
        }
        else
        {
            causes.Invalid($"{path}.fieldPath", field, $"error converting fieldPath: field label not supported: {field}");
        }
    }

    private static bool IsConvertible(string field) =>
        PodFields.Contains(field, StringComparer.Ordinal) || FileFields.Contains(field, StringComparer.Ordinal)
        || field is "spec.restartPolicy" or "spec.schedulerName" or "status.phase" or "status.hostIP" or "spec.hostNetwork" or "status.nominatedNodeName";

    [GeneratedRegex(@"^metadata\.(?:labels|annotations)\['(?<key>.*)'\]$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Subscript();
}
