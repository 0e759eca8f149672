using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.Resources;

/// <summary>One page of a list.</summary>
/// <param name="Items">With apiVersion and kind, which lists leave out.</param>
/// <param name="ResourceVersion">Opaque.</param>
/// <param name="Continue">Null on the last page.</param>
internal sealed record ListPage(ImmutableArray<KubernetesObject> Items, string ResourceVersion, string? Continue)
{
    /// <summary>Reads a page. Every item is cut out and parsed by itself: one that is kept does not keep the others' text alive.</summary>
    /// <exception cref="JsonException">It is no list.</exception>
    public static ListPage Parse(ReadOnlySpan<byte> utf8, ApiResource resource, bool metadataOnly)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = KubernetesJson.MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("expected a list");
        }

        var items = ImmutableArray.CreateBuilder<KubernetesObject>();
        JsonObject? metadata = null;
        var isList = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isItems = reader.ValueTextEquals("items"u8);
            var isMetadata = reader.ValueTextEquals("metadata"u8);
            var isKind = reader.ValueTextEquals("kind"u8);
            reader.Read();
            isList |= isKind && reader.TokenType == JsonTokenType.String && reader.GetString()!.EndsWith("List", StringComparison.Ordinal);
            if (isItems && reader.TokenType == JsonTokenType.StartArray)
            {
                ReadItems(ref reader, utf8, resource, metadataOnly, items);
            }
            else
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                metadata = isMetadata ? KubernetesJson.Parse(utf8[start..(int)reader.BytesConsumed]) as JsonObject : metadata;
            }
        }

        if (!isList)
        {
            // Some other object would be taken for a list of nothing, and all that is known for deleted.
            throw new JsonException("expected a list");
        }

        var next = KubernetesObject.GetString(metadata, "continue");
        return new ListPage(
            items.DrainToImmutable(),
            KubernetesObject.GetString(metadata, "resourceVersion") ?? string.Empty,
            string.IsNullOrEmpty(next) ? null : next);
    }

    private static void ReadItems(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, ApiResource resource, bool metadataOnly,
        ImmutableArray<KubernetesObject>.Builder items)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            items.Add(ObjectTyping.Complete(KubernetesObject.Parse(utf8[start..(int)reader.BytesConsumed]), resource, metadataOnly));
        }
    }
}

/// <summary>Gives an object the apiVersion and kind that it was asked for as.</summary>
internal static class ObjectTyping
{
    public static KubernetesObject Complete(KubernetesObject item, ApiResource resource, bool metadataOnly)
    {
        // PartialObjectMetadata says so in place of the object's own kind.
        Set(item.Json, 0, "apiVersion", resource.GroupVersionKind.ApiVersion, metadataOnly);
        Set(item.Json, 1, "kind", resource.Kind, metadataOnly);
        return item;
    }

    private static void Set(JsonObject fields, int position, string name, string value, bool isReplaced)
    {
        if (!fields.ContainsKey(name))
        {
            fields.Insert(position, name, value);
        }
        else if (isReplaced)
        {
            fields[name] = value;
        }
    }
}
