using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests;

/// <summary>What every object must have, told before anything is sent, with the line. The API server checks the rest.</summary>
internal static class ManifestValidator
{
    private static readonly string[] ServerFields = ["uid", "resourceVersion"];

    /// <returns>Whether no error was added.</returns>
    public static bool Validate(
        JsonObject fields, YamlNode node, SourceLocation location, ICollection<ManifestError> errors, ICollection<string> warnings)
    {
        var before = errors.Count;
        CheckType(fields, node, location, errors);
        if (fields["metadata"] is not JsonObject metadata)
        {
            Add(fields.ContainsKey("metadata") ? "metadata is not a mapping" : "metadata is missing: give the object metadata.name", "metadata");
            return false;
        }

        CheckName(metadata, Add);
        if (metadata.TryGetPropertyValue("namespace", out var place) && place is not null && !IsString(place))
        {
            Add($"metadata.namespace is {Describe(place)}: quote it", "metadata", "namespace");
        }

        CheckStrings("labels");
        CheckStrings("annotations");
        if (metadata["managedFields"] is not null and not JsonArray { Count: 0 })
        {
            Add("metadata.managedFields is the server's record and cannot be applied: remove it", "metadata", "managedFields");
        }

        foreach (var name in ServerFields.Where(name => metadata[name] is not null))
        {
            warnings.Add($"{At("metadata", name)}: metadata.{name} belongs to one object of one cluster, and applying it fails on any other: remove it");
        }

        return errors.Count == before;

        void CheckStrings(string member)
        {
            if (metadata[member] is not { } found)
            {
                return;
            }

            if (found is not JsonObject values)
            {
                Add($"metadata.{member} is {Describe(found)}, not a mapping of strings", "metadata", member);
                return;
            }

            foreach (var (key, value) in values)
            {
                if (value is not null && !IsString(value))
                {
                    Add($"metadata.{member}[\"{key}\"] is {Describe(value)}, and must be a string: quote the value", "metadata", member, key);
                }
            }
        }

        void Add(string message, params ReadOnlySpan<string> path) => errors.Add(new(At(path), message));

        SourceLocation At(params ReadOnlySpan<string> path) => location with { Line = YamlPath.LineOf(node, path) };
    }

    private delegate void AddError(string message, params ReadOnlySpan<string> path);

    private static void CheckType(JsonObject fields, YamlNode node, SourceLocation location, ICollection<ManifestError> errors)
    {
        foreach (var name in (ReadOnlySpan<string>)["apiVersion", "kind"])
        {
            var value = KubernetesObject.GetString(fields, name);
            var problem = value switch
            {
                null when fields[name] is { } other => $"{name} is {Describe(other)}, and must be a string: quote it",
                null or "" => $"{name} is missing",
                _ when name is "apiVersion" && value.Count(static c => c == '/') > 1 => "apiVersion is not of the form version or group/version",
                _ => null,
            };
            if (problem is not null)
            {
                errors.Add(new(location with { Line = YamlPath.LineOf(node, name) }, problem));
            }
        }
    }

    private static void CheckName(JsonObject metadata, AddError add)
    {
        foreach (var name in (ReadOnlySpan<string>)["name", "generateName"])
        {
            if (metadata[name] is { } value && !IsString(value))
            {
                add($"metadata.{name} is {Describe(value)}, and must be a string: quote it", "metadata", name);
                return;
            }
        }

        if (string.IsNullOrEmpty(KubernetesObject.GetString(metadata, "name"))
            && string.IsNullOrEmpty(KubernetesObject.GetString(metadata, "generateName")))
        {
            add("metadata.name is missing", "metadata", "name");
        }
    }

    private static bool IsString(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String;

    private static string Describe(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.Object => "a mapping",
        JsonValueKind.Array => "a list",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "a string",
    };
}
