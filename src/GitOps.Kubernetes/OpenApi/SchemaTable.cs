using System.Text.Json;
using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.OpenApi;

/// <summary>The schemas of one document: by name, for references, and by kind. The text they were read from is not kept.</summary>
internal sealed class SchemaTable
{
    private readonly Dictionary<string, ObjectSchema> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<GroupVersionKind, ObjectSchema> _byKind = [];

    private SchemaTable()
    {
    }

    /// <exception cref="JsonException">It is no OpenAPI document.</exception>
    public static SchemaTable Parse(ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = KubernetesJson.MaxDepth });
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("openapi", out _))
        {
            throw new JsonException("expected an OpenAPI document");
        }

        var table = new SchemaTable();
        if (document.RootElement.TryGetProperty("components", out var components) && components.TryGetProperty("schemas", out var schemas))
        {
            foreach (var schema in schemas.EnumerateObject())
            {
                table.Add(schema);
            }
        }

        return table;
    }

    public ObjectSchema? Find(string name) => _byName.GetValueOrDefault(name);

    public ObjectSchema? Find(GroupVersionKind kind) => _byKind.GetValueOrDefault(kind);

    private static string Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : string.Empty;

    private void Add(JsonProperty schema)
    {
        var read = ObjectSchema.Read(this, schema.Value);
        _byName[schema.Name] = read;
        if (schema.Value.TryGetProperty("x-kubernetes-group-version-kind", out var kinds) && kinds.ValueKind == JsonValueKind.Array)
        {
            foreach (var kind in kinds.EnumerateArray())
            {
                // Where one schema serves many kinds (DeleteOptions), that is how it is; where many claim one, the first is taken.
                _byKind.TryAdd(new(Text(kind, "group"), Text(kind, "version"), Text(kind, "kind")), read);
            }
        }
    }
}
