using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Helm;

namespace GitOps.Operator.Api;

/// <summary><c>source.helm</c>, with Argo CD's fields.</summary>
internal static partial class HelmRules
{
    private const int MaxReleaseName = 53;
    private const int MaxNamespace = 63;
    private const string MustBeText = "expected a string";

    /// <summary>Whether something is said that makes a source a chart.</summary>
    public static bool IsSet(JsonNode? json) => json is JsonObject fields && fields.Any(static field => field.Value switch
    {
        null or JsonArray { Count: 0 } or JsonObject { Count: 0 } => false,
        JsonValue value => !(value.TryGetValue(out string? text) && text.Length == 0) && !(value.TryGetValue(out bool flag) && !flag),
        _ => true,
    });

    /// <param name="json">As it is written; null: nothing.</param>
    /// <param name="field">Its path.</param>
    /// <param name="errors">Where errors go.</param>
    public static HelmSettings Check(JsonNode? json, string field, SpecErrors errors)
    {
        if (json is null)
        {
            return HelmSettings.None;
        }

        if (json is not JsonObject fields)
        {
            errors.Invalid(field, "expected an object");
            return HelmSettings.None;
        }

        var reader = new Reader(fields, field, errors);
        if (reader.Text("version") is { } version and not ("v3" or "v4"))
        {
            errors.Unsupported($"{field}.version", $"'{version}': there is one helm, which renders charts of v3 and v4; remove it");
        }

        var settings = new HelmSettings
        {
            ReleaseName = Matching(reader.Text("releaseName"), $"{field}.releaseName", ReleaseName(), MaxReleaseName, $"is no name of a release: lower case letters, digits, - and . ; at most {MaxReleaseName}", errors),
            Namespace = Matching(reader.Text("namespace"), $"{field}.namespace", NamespaceName(), MaxNamespace, "is no name of a namespace", errors),
            KubeVersion = KubeVersionOf(reader.Text("kubeVersion"), $"{field}.kubeVersion", errors),
            ApiVersions = ApiVersionsOf(reader.Texts("apiVersions"), $"{field}.apiVersions", errors),
            ValueFiles = reader.Texts("valueFiles"),
            Values = Values(reader, fields, errors),
            Parameters = Parameters(reader, errors),
            FileParameters = FileParameters(reader, errors),
            SkipCrds = reader.Flag("skipCrds"),
            SkipTests = reader.Flag("skipTests"),
            SkipSchemaValidation = reader.Flag("skipSchemaValidation"),
            IgnoreMissingValueFiles = reader.Flag("ignoreMissingValueFiles"),
            PassCredentials = reader.Flag("passCredentials"),
            Text = KubernetesJson.ToText(fields),
        };
        foreach (var (i, file) in settings.ValueFiles.Index())
        {
            CheckPath(file, $"{field}.valueFiles[{i}]", errors);
        }

        return settings;
    }

    /// <returns>Null: none is named.</returns>
    public static string? KubeVersionOf(string? text, string field, SpecErrors errors) =>
        Matching(text, field, KubeVersion(), MaxNamespace, "is no version of Kubernetes, like 1.36 or v1.36.1", errors);

    public static ImmutableArray<string> ApiVersionsOf(ImmutableArray<string> names, string field, SpecErrors errors)
    {
        foreach (var (i, name) in names.Index().Where(static item => !ApiVersion().IsMatch(item.Item)))
        {
            errors.Invalid($"{field}[{i}]", $"'{name}' is neither GROUP/VERSION nor GROUP/VERSION/KIND");
        }

        return names;
    }

    /// <summary>Files that are fetched from anywhere would make a deployment of what nobody has committed.</summary>
    private static void CheckPath(string path, string field, SpecErrors errors)
    {
        if (path.Length == 0)
        {
            errors.Invalid(field, "is empty: name a file");
        }
        else if (path.Contains("://", StringComparison.Ordinal))
        {
            errors.Unsupported(field, "values are not fetched from a URL: commit the file, or make its repository a source with a ref and write $REF/PATH");
        }
    }

    private static string? Matching(string? written, string field, Regex pattern, int maxLength, string problem, SpecErrors errors)
    {
        var text = written.NullIfEmpty();
        if (text is not null && (text.Length > maxLength || !pattern.IsMatch(text)))
        {
            errors.Invalid(field, $"'{text}' {problem}");
        }

        return text;
    }

    /// <summary>The object takes the place of the text, as in Argo CD.</summary>
    private static string Values(Reader reader, JsonObject fields, SpecErrors errors)
    {
        var text = reader.Text("values") ?? string.Empty;
        switch (fields["valuesObject"])
        {
            case JsonObject { Count: > 0 } values:
                return KubernetesJson.ToText(values);
            case not (null or JsonObject):
                errors.Invalid(reader.PathOf("valuesObject"), "expected an object");
                return text;
            default:
                return text;
        }
    }

    private static ImmutableArray<HelmParameter> Parameters(Reader reader, SpecErrors errors)
    {
        var parameters = ImmutableArray.CreateBuilder<HelmParameter>();
        foreach (var (item, path) in reader.Objects("parameters"))
        {
            var one = new Reader(item, path, errors);
            if (NameOf(one, errors) is { } name)
            {
                parameters.Add(new(name, one.Text("value") ?? string.Empty, one.Flag("forceString")));
            }
        }

        return parameters.ToImmutable();
    }

    private static ImmutableArray<(string Name, string Path)> FileParameters(Reader reader, SpecErrors errors)
    {
        var parameters = ImmutableArray.CreateBuilder<(string Name, string Path)>();
        foreach (var (item, path) in reader.Objects("fileParameters"))
        {
            var one = new Reader(item, path, errors);
            var file = one.Text("path") ?? string.Empty;
            CheckPath(file, one.PathOf("path"), errors);
            if (NameOf(one, errors) is { } name)
            {
                parameters.Add((name, file));
            }
        }

        return parameters.ToImmutable();
    }

    private static string? NameOf(Reader parameter, SpecErrors errors)
    {
        var name = parameter.Text("name").NullIfEmpty();
        if (name is null || name.Contains('=', StringComparison.Ordinal))
        {
            errors.Invalid(parameter.PathOf("name"), "expected the path of a value, like image.tag");
            return null;
        }

        return name;
    }

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex ReleaseName();

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex NamespaceName();

    [GeneratedRegex(@"\Av?[0-9]+\.[0-9]+(\.[0-9]+)?([-+][-+.0-9A-Za-z]+)?\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex KubeVersion();

    [GeneratedRegex(@"\A[-.0-9A-Za-z]+(/[-.0-9A-Za-z]+){0,2}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex ApiVersion();

    /// <summary>Members of one object; what does not fit is an error, and taken as absent.</summary>
    private sealed class Reader(JsonObject fields, string path, SpecErrors errors)
    {
        public string PathOf(string name) => $"{path}.{name}";

        public string? Text(string name) => fields[name] is { } node ? TextOf(node, PathOf(name)) : null;

        public bool Flag(string name)
        {
            if (fields[name] is { } node && !(node is JsonValue value && value.TryGetValue(out bool _)))
            {
                errors.Invalid(PathOf(name), "expected true or false");
                return false;
            }

            return fields[name]?.GetValue<bool>() == true;
        }

        public ImmutableArray<string> Texts(string name) =>
            [.. Items(name).Select(item => TextOf(item.Value, item.Path)).OfType<string>()];

        public IEnumerable<(JsonObject Fields, string Path)> Objects(string name)
        {
            foreach (var (item, place) in Items(name))
            {
                if (item is JsonObject found)
                {
                    yield return (found, place);
                }
                else
                {
                    errors.Invalid(place, "expected an object");
                }
            }
        }

        private IEnumerable<(JsonNode? Value, string Path)> Items(string name)
        {
            if (fields[name] is not null and not JsonArray)
            {
                errors.Invalid(PathOf(name), "expected a list");
            }

            return (fields[name] as JsonArray ?? []).Select((item, i) => (item, $"{PathOf(name)}[{i.ToString(CultureInfo.InvariantCulture)}]"));
        }

        private string? TextOf(JsonNode? node, string place)
        {
            if (node is JsonValue value && value.TryGetValue(out string? text))
            {
                return text;
            }

            errors.Invalid(place, MustBeText);
            return null;
        }
    }
}
