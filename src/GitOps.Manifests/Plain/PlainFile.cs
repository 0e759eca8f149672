using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Plain;

/// <summary>
/// The objects of one file. Which documents are manifests is told as Argo CD does: a file that neither has an object nor
/// looks as if it should is passed over; anything else in it that is no object is an error.
/// </summary>
internal sealed class PlainFile
{
    /// <summary>A file with this text anywhere in it is not read.</summary>
    public static ReadOnlySpan<byte> SkipMarker => "+argocd:skip-file-rendering"u8;

    private readonly string _file;
    private readonly List<ManifestError> _problems = [];

    private PlainFile(string file) => _file = file;

    private List<RenderedObject> Objects { get; } = [];

    private List<ManifestError> Errors { get; } = [];

    private List<string> Warnings { get; } = [];

    /// <summary>Reads a file, adding what it has to the lists.</summary>
    public static void Read(
        string file, ReadOnlySpan<byte> content, YamlLimits limits, List<RenderedObject> objects, List<ManifestError> errors, List<string> warnings)
    {
        Read(file, content, file.EndsWith(".json", StringComparison.Ordinal), limits, objects, errors, warnings);
    }

    /// <summary>The same whatever the file is called.</summary>
    public static void Read(
        string file, ReadOnlySpan<byte> content, bool isJson, YamlLimits limits, List<RenderedObject> objects, List<ManifestError> errors, List<string> warnings)
    {
        var reader = new PlainFile(file);
        var parsed = isJson ? YamlFile.ParseJson(content, limits) : YamlFile.Parse(content, limits);
        reader._problems.AddRange(parsed.Errors.Select(error => reader.Error(document: 1, error)));
        foreach (var document in parsed.Documents)
        {
            reader.AddDocument(document, limits);
        }

        if (isJson || reader.Objects.Count > 0 || reader.Errors.Count > 0 || LooksLikeManifest(content))
        {
            errors.AddRange(reader._problems.Concat(reader.Errors).OrderBy(static error => error.Location?.Line));
        }
        else if (reader._problems is [var first, ..])
        {
            warnings.Add($"{file}: passed over, since it holds no Kubernetes object ({first.Message}, line {first.Location?.Line})");
        }

        objects.AddRange(reader.Objects);
        warnings.AddRange(reader.Warnings);
    }

    private static bool LooksLikeManifest(ReadOnlySpan<byte> content) =>
        HasKey(content, "apiVersion:"u8, "\"apiVersion\""u8)
        && HasKey(content, "kind:"u8, "\"kind\""u8)
        && HasKey(content, "metadata:"u8, "\"metadata\""u8);

    private static bool HasKey(ReadOnlySpan<byte> content, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> quoted) =>
        content.IndexOf(plain) >= 0 || content.IndexOf(quoted) >= 0;

    private void AddDocument(YamlDocument document, YamlLimits limits)
    {
        var errors = new List<YamlErrorException>();
        var json = YamlToJson.Convert(document.Root, YamlDialect.Kubectl, limits, errors);
        var location = new SourceLocation(_file, document.Number, document.Line);
        if (errors.Count > 0)
        {
            _problems.AddRange(errors.Select(error => Error(document.Number, error)));
        }
        else if (json is JsonObject fields && KubernetesObject.GetString(fields, "kind") is { Length: > 0 })
        {
            AddObject(fields, document.Root, location);
        }
        else if (json is not null)
        {
            _problems.Add(new(location, json is JsonObject
                ? "not a Kubernetes object: 'kind' is missing or not a string"
                : "not a Kubernetes object: expected a mapping with apiVersion, kind and metadata"));
        }
    }

    private void AddObject(JsonObject fields, YamlNode node, SourceLocation location)
    {
        if (!ObjectLists.IsList(fields))
        {
            if (ManifestValidator.Validate(fields, node, location, Errors, Warnings))
            {
                Objects.Add(new(new KubernetesObject(fields), location));
            }

            return;
        }

        foreach (var (item, itemNode) in ObjectLists.Items(fields, node))
        {
            var place = location with { Line = itemNode.Line };
            if (item is JsonObject itemFields)
            {
                AddObject(itemFields, itemNode, place);
            }
            else
            {
                Errors.Add(new(place, "an item of a list is not an object: remove it"));
            }
        }
    }

    private ManifestError Error(int document, YamlErrorException error) => new(new SourceLocation(_file, document, error.Line), error.Message);
}
