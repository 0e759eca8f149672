using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Kustomize;

namespace GitOps.Operator.Api;

/// <summary>What an Application adds to its kustomization, and the same as text, which is part of what a rendering is made of.</summary>
/// <param name="Overrides">As they are written, variables included.</param>
/// <param name="ExpandsAnnotations">Variables in the values of annotations stand for something.</param>
/// <param name="Text">All of it.</param>
internal sealed record KustomizeSettings(KustomizeOverrides Overrides, bool ExpandsAnnotations, string Text)
{
    public static readonly KustomizeSettings None = new(new(), ExpandsAnnotations: false, string.Empty);

    /// <summary>What charts of it see instead of the cluster's, where they do not say themselves; null: the cluster's.</summary>
    public string? KubeVersion { get; init; }

    /// <summary>The same; empty: the cluster's.</summary>
    public ImmutableArray<string> ApiVersions { get; init; } = [];

    /// <summary>Whether what is rendered may depend on a variable of the build.</summary>
    public bool HasVariables => Text.Contains('$', StringComparison.Ordinal);
}

/// <summary><c>source.kustomize</c>, with Argo CD's fields.</summary>
internal static class KustomizeRules
{
    private const string MustBeText = "expected a string";
    private const string MustBeObject = "expected an object";

    /// <summary>Whether something is said that makes a source a kustomization: flags that change how other fields are taken do not.</summary>
    public static bool IsSet(JsonNode? json) => json is JsonObject fields && fields.Any(static field => field.Key switch
    {
        "forceCommonLabels" or "labelWithoutSelector" or "labelIncludeTemplates" or "forceCommonAnnotations" or "commonAnnotationsEnvsubst" => false,
        _ => field.Value switch
        {
            null or JsonArray { Count: 0 } or JsonObject { Count: 0 } => false,
            JsonValue value => !(value.TryGetValue(out string? text) && text.Length == 0) && !(value.TryGetValue(out bool flag) && !flag),
            _ => true,
        },
    });

    /// <param name="json">As it is written; null: nothing.</param>
    /// <param name="field">Its path.</param>
    /// <param name="errors">Where errors go.</param>
    public static KustomizeSettings Check(JsonNode? json, string field, SpecErrors errors)
    {
        if (json is null)
        {
            return KustomizeSettings.None;
        }

        if (json is not JsonObject fields)
        {
            errors.Invalid(field, MustBeObject);
            return KustomizeSettings.None;
        }

        var reader = new Reader(fields, field, errors);
        var overrides = new KustomizeOverrides
        {
            NamePrefix = reader.Text("namePrefix"),
            NameSuffix = reader.Text("nameSuffix"),
            Namespace = reader.Text("namespace"),
            Images = reader.Texts("images"),
            Replicas = Replicas(reader, errors),
            CommonLabels = reader.Map("commonLabels"),
            ForceCommonLabels = reader.Flag("forceCommonLabels"),
            LabelWithoutSelector = reader.Flag("labelWithoutSelector"),
            LabelIncludeTemplates = reader.Flag("labelIncludeTemplates"),
            CommonAnnotations = reader.Map("commonAnnotations"),
            ForceCommonAnnotations = reader.Flag("forceCommonAnnotations"),
            Patches = [.. reader.Objects("patches").Select(item => Patch(item.Fields, item.Path, errors))],
            Components = reader.Texts("components"),
            IgnoreMissingComponents = reader.Flag("ignoreMissingComponents"),
        };
        if (overrides is { LabelIncludeTemplates: true, LabelWithoutSelector: false, CommonLabels.IsEmpty: false })
        {
            errors.Contradiction($"{field}.labelIncludeTemplates", "selectors include templates already: set labelWithoutSelector: true, or remove it");
        }

        return new(overrides, reader.Flag("commonAnnotationsEnvsubst"), KubernetesJson.ToText(fields))
        {
            KubeVersion = HelmRules.KubeVersionOf(reader.Text("kubeVersion"), $"{field}.kubeVersion", errors),
            ApiVersions = HelmRules.ApiVersionsOf(reader.Texts("apiVersions"), $"{field}.apiVersions", errors),
        };
    }

    private static ImmutableSortedDictionary<string, long> Replicas(Reader reader, SpecErrors errors)
    {
        var replicas = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        foreach (var (item, path) in reader.Objects("replicas"))
        {
            var name = KubernetesObject.GetString(item, "name");
            var isCount = KubernetesObject.TryGetInt64(item["count"], out var count)
                || long.TryParse(KubernetesObject.GetString(item, "count"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out count);
            if (string.IsNullOrEmpty(name) || !isCount || count < 0)
            {
                errors.Invalid(path, "needs a name, and a count of 0 or more");
            }
            else
            {
                replicas[name] = count;
            }
        }

        return replicas.ToImmutable();
    }

    private static KustomizePatch Patch(JsonObject json, string field, SpecErrors errors)
    {
        var reader = new Reader(json, field, errors);
        var (path, text) = (reader.Text("path"), reader.Text("patch"));
        if (string.IsNullOrEmpty(path) == string.IsNullOrEmpty(text))
        {
            errors.Invalid(field, "needs either a path or a patch");
        }

        KustomizeTarget? target = null;
        if (reader.Object("target") is { } selector)
        {
            var parts = new Reader(selector, $"{field}.target", errors);
            target = new(
                Part("group"), Part("version"), Part("kind"), Part("name"), Part("namespace"), Part("labelSelector"), Part("annotationSelector"));

            string Part(string name) => parts.Text(name) ?? string.Empty;
        }

        var given = reader.Object("options") ?? [];
        if (given.FirstOrDefault(static option => option.Key is not ("allowNameChange" or "allowKindChange")).Key is { } unknown)
        {
            errors.Unsupported($"{field}.options.{unknown}", "there are allowNameChange and allowKindChange; remove it");
        }

        var options = new Reader(given, $"{field}.options", errors);
        return new(path, text, target, options.Flag("allowNameChange"), options.Flag("allowKindChange"));
    }

    /// <summary>Members of one object; what does not fit is an error, and taken as absent.</summary>
    private sealed class Reader(JsonObject fields, string path, SpecErrors errors)
    {
        public string? Text(string name) => fields[name] is { } node ? TextOf(node, name) : null;

        public bool Flag(string name)
        {
            if (fields[name] is { } node && !(node is JsonValue value && value.TryGetValue(out bool _)))
            {
                errors.Invalid($"{path}.{name}", "expected true or false");
                return false;
            }

            return fields[name]?.GetValue<bool>() == true;
        }

        public ImmutableArray<string> Texts(string name) =>
            [.. List(name).Select((item, i) => item is null ? null : TextOf(item, $"{name}[{i}]")).OfType<string>()];

        /// <summary>The objects of a list, each with its path.</summary>
        public List<(JsonObject Fields, string Path)> Objects(string name)
        {
            var objects = new List<(JsonObject Fields, string Path)>();
            foreach (var (i, item) in List(name).Index())
            {
                var place = $"{path}.{name}[{i.ToString(CultureInfo.InvariantCulture)}]";
                if (item is JsonObject found)
                {
                    objects.Add((found, place));
                }
                else
                {
                    errors.Invalid(place, MustBeObject);
                }
            }

            return objects;
        }

        public JsonObject? Object(string name)
        {
            if (fields[name] is not null and not JsonObject)
            {
                errors.Invalid($"{path}.{name}", MustBeObject);
            }

            return fields[name] as JsonObject;
        }

        public ImmutableSortedDictionary<string, string> Map(string name)
        {
            var map = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
            foreach (var (key, node) in Object(name) ?? [])
            {
                if (node is not null && TextOf(node, $"{name}.{key}") is { } text)
                {
                    map[key] = text;
                }
            }

            return map.ToImmutable();
        }

        private JsonArray List(string name)
        {
            if (fields[name] is not null and not JsonArray)
            {
                errors.Invalid($"{path}.{name}", "expected a list");
            }

            return fields[name] as JsonArray ?? [];
        }

        private string? TextOf(JsonNode node, string name)
        {
            if (node is JsonValue value && value.TryGetValue(out string? text))
            {
                return text;
            }

            errors.Invalid($"{path}.{name}", MustBeText);
            return null;
        }
    }
}
