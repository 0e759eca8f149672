using System.Text.Json;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Watching;

internal enum FrameKind
{
    Added,
    Modified,
    Deleted,
    Bookmark,

    /// <summary>The server ended the watch with a Status.</summary>
    Error,

    /// <summary>The stream ended, as it does every few minutes.</summary>
    End,

    /// <summary>The stream broke, fell silent, or holds what is no event.</summary>
    Broken,
}

/// <summary>One line of a watch's stream, or how the stream ended.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Object">For Added, Modified, Deleted and Bookmark.</param>
/// <param name="Failure">For Error and Broken.</param>
internal readonly record struct WatchFrame(FrameKind Kind, KubernetesObject? Object = null, Exception? Failure = null)
{
    private const string InitialEventsEnd = "k8s.io/initial-events-end";

    /// <summary>The bookmark that ends the initial events of a streaming list.</summary>
    public bool IsInitialEnd => Kind == FrameKind.Bookmark && Object?.Annotation(InitialEventsEnd) == "true";

    /// <summary>Reads one line. The object is cut out of the line and parsed by itself.</summary>
    /// <exception cref="JsonException">It is no watch event.</exception>
    public static WatchFrame Parse(ReadOnlySpan<byte> line, ApiResource resource, bool metadataOnly)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = KubernetesJson.MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("expected a watch event");
        }

        FrameKind? kind = null;
        var content = default(Range);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isObject = reader.ValueTextEquals("object"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String)
            {
                kind = ReadKind(ref reader);
            }

            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            content = isObject ? start..(int)reader.BytesConsumed : content;
        }

        var item = KubernetesObject.Parse(line[content]);
        return kind switch
        {
            null => throw new JsonException("a watch event without a type that is known"),
            FrameKind.Error => new(FrameKind.Error, Failure: StatusReader.FromStatus(item.Json)),
            FrameKind.Bookmark => new(FrameKind.Bookmark, item),
            _ => new(kind.Value, ObjectTyping.Complete(item, resource, metadataOnly)),
        };
    }

    private static FrameKind? ReadKind(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("ADDED"u8) ? FrameKind.Added
        : reader.ValueTextEquals("MODIFIED"u8) ? FrameKind.Modified
        : reader.ValueTextEquals("DELETED"u8) ? FrameKind.Deleted
        : reader.ValueTextEquals("BOOKMARK"u8) ? FrameKind.Bookmark
        : reader.ValueTextEquals("ERROR"u8) ? FrameKind.Error
        : null;
}
