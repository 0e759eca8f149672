using System.Collections.Frozen;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Schemas;

/// <summary>Takes from the definitions of an OpenAPI document what a strategic merge has to know.</summary>
internal sealed class OpenApiReader
{
    private const string Prefix = "#/definitions/";

    /// <summary>What the built-in names are written without.</summary>
    private static readonly string[] KubernetesPrefixes =
    [
        "io.k8s.api.", "io.k8s.apimachinery.pkg.apis.", "io.k8s.kube-aggregator.pkg.apis.", "io.k8s.apiextensions-apiserver.pkg.apis.", "io.k8s.",
    ];

    public OpenApiReader(Node definitions)
    {
        foreach (var definition in definitions.Fields)
        {
            Read(Short(definition.Name), definition.Value);
            foreach (var kind in definition.Value.Get("x-kubernetes-group-version-kind")?.Items ?? [])
            {
                var gvk = new Gvk(kind.TextOf("group") ?? string.Empty, kind.TextOf("version") ?? string.Empty, kind.TextOf("kind") ?? string.Empty);
                Kinds[$"{gvk.ApiVersion}/{gvk.Kind}"] = Short(definition.Name);
            }
        }
    }

    public Dictionary<string, FrozenDictionary<string, FieldSchema>> Types { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Kinds { get; } = new(StringComparer.Ordinal);

    private static string Short(string name) =>
        Array.Find(KubernetesPrefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)) is { } found ? name[found.Length..] : name;

    private void Read(string name, Node schema)
    {
        var fields = new Dictionary<string, FieldSchema>(StringComparer.Ordinal);
        foreach (var property in schema.Get("properties")?.Fields ?? [])
        {
            fields[property.Name] = Field($"{name}/{property.Name}", property.Value);
        }

        Types[name] = fields.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private FieldSchema Field(string path, Node schema)
    {
        var isMerged = (schema.TextOf("x-kubernetes-patch-strategy") ?? string.Empty).Split(',').Contains("merge", StringComparer.Ordinal);
        string[] keys = schema.Get("x-kubernetes-list-map-keys") is { Kind: NodeKind.List } listed
            ? [.. listed.Items.Select(static item => item.Text)]
            : schema.TextOf("x-kubernetes-patch-merge-key") is { } key ? [key] : [];
        var isMap = schema.Get("properties") is null && schema.Get("additionalProperties") is { Kind: NodeKind.Map };
        return new(TypeOf(path, schema), isMap, isMerged, isMerged ? keys : []);
    }

    private string? TypeOf(string path, Node schema)
    {
        if (schema.TextOf("$ref") is { } reference)
        {
            return reference.StartsWith(Prefix, StringComparison.Ordinal) ? Short(reference[Prefix.Length..]) : null;
        }

        if ((schema.Get("items") ?? schema.Get("additionalProperties")) is { Kind: NodeKind.Map } below)
        {
            return TypeOf(path, below);
        }

        if (schema.Get("properties") is null)
        {
            return null;
        }

        Read(path, schema);
        return path;
    }
}
