using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace GitOps.Kubernetes.Objects;

/// <summary>
/// A Kubernetes object as JSON, with accessors for what every object has. There is no typed model behind it: fields that
/// nobody here has heard of survive. The JSON may be changed by its one owner; an object that is shared is not changed any more.
/// </summary>
public sealed class KubernetesObject
{
    public KubernetesObject(JsonObject json) => Json = json;

    public JsonObject Json { get; }

    public string ApiVersion => GetString(Json, "apiVersion") ?? string.Empty;

    public string Kind => GetString(Json, "kind") ?? string.Empty;

    public GroupVersionKind GroupVersionKind => GroupVersionKind.Parse(ApiVersion, Kind);

    public JsonObject? Metadata => Json["metadata"] as JsonObject;

    public string Name => GetString(Metadata, "name") ?? string.Empty;

    public string Namespace => GetString(Metadata, "namespace") ?? string.Empty;

    public string? Uid => GetString(Metadata, "uid");

    /// <summary>Opaque: compared for equality, never ordered.</summary>
    public string? ResourceVersion => GetString(Metadata, "resourceVersion");

    /// <summary>Null where the kind has none (ConfigMap, Secret, Service, …).</summary>
    public long? Generation => GetInt64(Metadata, "generation");

    public string? DeletionTimestamp => GetString(Metadata, "deletionTimestamp");

    public bool IsTerminating => DeletionTimestamp is not null;

    public JsonObject? Labels => Metadata?["labels"] as JsonObject;

    public JsonObject? Annotations => Metadata?["annotations"] as JsonObject;

    public IReadOnlyList<string> Finalizers =>
        Metadata?["finalizers"] is JsonArray items
            ? [.. items.Select(static item => item is JsonValue value && value.TryGetValue(out string? text) ? text : string.Empty)]
            : [];

    public ObjectKey Key
    {
        get
        {
            var type = GroupVersionKind;
            return new(type.Group, type.Kind, Namespace, Name);
        }
    }

    public static KubernetesObject Parse(ReadOnlySpan<byte> utf8) => new(KubernetesJson.ParseObject(utf8));

    public static KubernetesObject Parse(string json) => new(KubernetesJson.ParseObject(json));

    public string? Label(string name) => GetString(Labels, name);

    public string? Annotation(string name) => GetString(Annotations, name);

    public KubernetesObject DeepClone() => new((JsonObject)Json.DeepClone());

    public byte[] ToUtf8() => KubernetesJson.ToUtf8(Json);

    /// <summary>The value at a path of plain field names, or null.</summary>
    public JsonNode? At(params ReadOnlySpan<string> path)
    {
        JsonNode? node = Json;
        foreach (var name in path)
        {
            if (node is not JsonObject fields || !fields.TryGetPropertyValue(name, out node))
            {
                return null;
            }
        }

        return node;
    }

    public override string ToString() => Key.ToString();

    /// <summary>The member as a string; null where it is absent, null or of another type.</summary>
    public static string? GetString(JsonObject? fields, string name) =>
        fields is not null && fields.TryGetPropertyValue(name, out var node) && node is JsonValue value
            && value.TryGetValue(out string? text) ? text : null;

    /// <summary>The member as an integer; null where it is absent or not an integer.</summary>
    public static long? GetInt64(JsonObject? fields, string name) =>
        fields is not null && fields.TryGetPropertyValue(name, out var node) && TryGetInt64(node, out var number) ? number : null;

    /// <summary>Reads an integer, however the value was made (parsed text or a CLR number).</summary>
    public static bool TryGetInt64([NotNullWhen(true)] JsonNode? node, out long number)
    {
        number = 0;
        if (node is not JsonValue value)
        {
            return false;
        }

        if (value.TryGetValue(out number))
        {
            return true;
        }

        if (value.TryGetValue(out int narrow))
        {
            number = narrow;
            return true;
        }

        return false;
    }
}
