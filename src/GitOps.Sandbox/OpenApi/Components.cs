using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.OpenApi;

/// <summary>The schemas of a document: those its paths name, and all that these refer to.</summary>
internal sealed class Components
{
    public const string Status = Meta + "Status";
    public const string DeleteOptions = Meta + "DeleteOptions";
    public const string Patch = Meta + "Patch";
    public const string ResourceList = Meta + "APIResourceList";
    public const string Group = Meta + "APIGroup";
    public const string GroupList = Meta + "APIGroupList";
    public const string Versions = Meta + "APIVersions";
    public const string WatchEvent = Meta + "WatchEvent";
    public const string VersionInfo = "io.k8s.apimachinery.pkg.version.Info";

    private const string Meta = "io.k8s.apimachinery.pkg.apis.meta.v1.";
    private const string Prefix = "#/components/schemas/";

    private readonly Dictionary<string, JsonObject> _own = new(StringComparer.Ordinal);

    /// <summary>Adds the schemas of a custom resource and its list.</summary>
    public void Add(ServedResource resource)
    {
        var (kind, list) = (NameOf(resource.GroupVersionKind), NameOf(resource.GroupVersionKind with { Kind = resource.ListKind }));
        _own[kind] = CustomSchema.Publish(resource);
        _own[list] = new JsonObject
        {
            ["description"] = $"{resource.ListKind} is a list of {resource.Kind}",
            ["type"] = "object",
            ["required"] = new JsonArray("items"),
            ["properties"] = new JsonObject
            {
                ["apiVersion"] = new JsonObject { ["type"] = "string" },
                ["items"] = new JsonObject { ["type"] = "array", ["items"] = Reference(kind) },
                ["kind"] = new JsonObject { ["type"] = "string" },
                ["metadata"] = new JsonObject { ["allOf"] = new JsonArray(Reference(Meta + "ListMeta")) },
            },
            ["x-kubernetes-group-version-kind"] = new JsonArray(CustomSchema.Kind(resource, resource.ListKind)),
        };
    }

    public static JsonObject Reference(string component) => new() { ["$ref"] = Prefix + component };

    /// <summary>The component of a kind: the recorded one, else the group backwards, version and kind.</summary>
    public static string NameOf(GroupVersionKind kind) => BuiltInSchemas.Instance.Kinds.TryGetValue(kind, out var name)
        ? name
        : $"{string.Join('.', kind.Group.Split('.').Reverse())}.{kind.Version}.{kind.Kind}";

    /// <summary>The schemas that the paths need, and these others, by name.</summary>
    public JsonObject For(JsonObject paths, IEnumerable<string> others)
    {
        var found = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        var waiting = new Stack<string>(References(paths).Concat(others));
        while (waiting.TryPop(out var name))
        {
            if (!found.ContainsKey(name) && Find(name) is { } schema)
            {
                found[name] = schema;
                foreach (var next in References(schema))
                {
                    waiting.Push(next);
                }
            }
        }

        return new(found.Select(static schema => KeyValuePair.Create<string, JsonNode?>(schema.Key, schema.Value)));
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(static member =>
            member.Key == "$ref" && member.Value is JsonValue value && value.TryGetValue(out string? text) && text.StartsWith(Prefix, StringComparison.Ordinal)
                ? [text[Prefix.Length..]]
                : References(member.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };

    private JsonObject? Find(string name) => _own.TryGetValue(name, out var own) ? own
        : BuiltInSchemas.Instance.Components.TryGetProperty(name, out var recorded) && recorded.ValueKind == JsonValueKind.Object ? JsonObject.Create(recorded)
        : null;
}
