using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GitOps.Kubernetes.Objects;

/// <summary>
/// How JSON is read and written everywhere: deep, exact, and without a second value for a key.
/// Numbers keep the text they were read with, so an int64 is never rounded through a double.
/// </summary>
public static class KubernetesJson
{
    /// <summary>Nesting beyond this is refused. Real CRD schemas go past the default of 64.</summary>
    public const int MaxDepth = 256;

    private static readonly JsonDocumentOptions ReadOptions = new()
    {
        MaxDepth = MaxDepth,
        AllowDuplicateProperties = false,
    };

    private static readonly JsonNodeOptions NodeOptions = new() { PropertyNameCaseInsensitive = false };

    /// <summary>For writing: compact, relaxed escaping (the text is never put into HTML).</summary>
    public static JsonSerializerOptions WriteOptions { get; } = new()
    {
        MaxDepth = MaxDepth,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static JsonWriterOptions WriterOptions { get; } = new()
    {
        MaxDepth = MaxDepth,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Reads one JSON value.</summary>
    /// <exception cref="JsonException">It is not JSON, too deep, or has a key twice.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> utf8) => JsonNode.Parse(utf8, NodeOptions, ReadOptions);

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static JsonNode? Parse(string text) => JsonNode.Parse(text, NodeOptions, ReadOptions);

    /// <summary>Reads one JSON object.</summary>
    /// <exception cref="JsonException">It is not a JSON object, too deep, or has a key twice.</exception>
    public static JsonObject ParseObject(ReadOnlySpan<byte> utf8) =>
        Parse(utf8) as JsonObject ?? throw new JsonException("expected a JSON object");

    /// <inheritdoc cref="ParseObject(ReadOnlySpan{byte})"/>
    public static JsonObject ParseObject(string text) =>
        Parse(text) as JsonObject ?? throw new JsonException("expected a JSON object");

    /// <summary>Compact UTF-8.</summary>
    public static byte[] ToUtf8(JsonNode? node)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            if (node is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                node.WriteTo(writer, WriteOptions);
            }
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static string ToText(JsonNode? node) => node is null ? "null" : node.ToJsonString(WriteOptions);
}
