using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Protobuf;

namespace GitOps.Sandbox.Http;

/// <summary>Reads what is sent: JSON, YAML where the media type allows it, and the typed clients' protobuf.</summary>
internal static class RequestBody
{
    /// <summary>The object of a create or replace.</summary>
    /// <exception cref="ApiError">415: the media type is not taken for this resource; 400: the body is not of it.</exception>
    public static async Task<JsonObject> ReadObjectAsync(ApiContext context)
    {
        var type = MediaTypes.Of(context.Http.Request.ContentType);
        var resource = Resource(context);
        var takesProtobuf = resource is { Custom: null } && ProtobufBody.Knows(resource.GroupVersionKind);
        if (type is not (MediaTypes.Json or MediaTypes.Yaml) && !(type == MediaTypes.Protobuf && takesProtobuf))
        {
            throw ApiError.UnsupportedMediaType("the body of the request was in an unknown format - accepted media types include: "
                + $"{MediaTypes.Json}, {MediaTypes.Yaml}{(takesProtobuf ? ", " + MediaTypes.Protobuf : string.Empty)}");
        }

        var body = await context.ReadBodyAsync();
        return type == MediaTypes.Protobuf
            ? ProtobufBody.Read(body.Span, resource!.Kind)
            : ReadObject(body, type == MediaTypes.Yaml, context.BodyMistakes);
    }

    /// <summary>The options of a deletion.</summary>
    /// <returns>Null: none were sent.</returns>
    /// <exception cref="ApiError">415 or 400, as for objects.</exception>
    public static async Task<JsonObject?> ReadDeletionAsync(ApiContext context)
    {
        var body = await context.ReadBodyAsync();
        return body.IsEmpty ? null : MediaTypes.Of(context.Http.Request.ContentType) switch
        {
            MediaTypes.Protobuf => ProtobufBody.ReadDeleteOptions(body.Span),
            MediaTypes.Json => ReadObject(body, allowYaml: false, context.BodyMistakes),
            MediaTypes.Yaml => ReadObject(body, allowYaml: true, context.BodyMistakes),
            _ => throw ApiError.UnsupportedMediaType("the body of the request was in an unknown format - accepted media types include: "
                + $"{MediaTypes.Json}, {MediaTypes.Yaml}, {MediaTypes.Protobuf}"),
        };
    }

    /// <param name="body">What was sent.</param>
    /// <param name="allowYaml">Whether it may be YAML.</param>
    /// <param name="mistakes">Takes fields that stand twice; null: they are refused.</param>
    /// <exception cref="ApiError">400: it is neither, or no object.</exception>
    public static JsonObject ReadObject(ReadOnlyMemory<byte> body, bool allowYaml, ICollection<string>? mistakes = null) => Read(body, allowYaml, mistakes) switch
    {
        JsonObject fields => fields,
        null => [],
        _ => throw ApiError.BadRequest("couldn't get version/kind; json parse error: expected an object"),
    };

    /// <inheritdoc cref="ReadObject"/>
    /// <exception cref="ApiError">400: it is neither.</exception>
    public static JsonNode? Read(ReadOnlyMemory<byte> body, bool allowYaml, ICollection<string>? mistakes = null)
    {
        if (!Utf8.IsValid(body.Span))
        {
            // What is no UTF-8 is replaced, letter by letter, as an API server does.
            body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body.Span));
        }

        var text = body.Span.TrimStart(" \t\r\n"u8);
        if (text.IsEmpty && !allowYaml)
        {
            throw ApiError.BadRequest("unexpected end of JSON input");
        }

        try
        {
            return !allowYaml || (!text.IsEmpty && text[0] is (byte)'{' or (byte)'[')
                ? KubernetesJson.Parse(text)
                : YamlBody.Read(Encoding.UTF8.GetString(body.Span), mistakes ?? []);
        }
        catch (Exception exception) when (exception is JsonException or YamlDotNet.Core.YamlException or FormatException or ArgumentException)
        {
            return mistakes is not null && exception is JsonException && Repeated(body, allowYaml, mistakes) is { } read
                ? read
                : throw ApiError.BadRequest($"error decoding the request's body: {exception.Message}");
        }
    }

    /// <returns>Null if something else is wrong than fields that stand twice.</returns>
    private static JsonNode? Repeated(ReadOnlyMemory<byte> body, bool allowYaml, ICollection<string> mistakes)
    {
        try
        {
            if (allowYaml)
            {
                return YamlBody.Read(Encoding.UTF8.GetString(body.Span), mistakes);
            }

            var read = Apply.JsonBody.Read(body.Span);
            foreach (var path in read.Duplicates.Distinct(StringComparer.Ordinal))
            {
                mistakes.Add($"duplicate field \"{path}\"");
            }

            return read.Value;
        }
        catch (Exception exception) when (exception is JsonException or YamlDotNet.Core.YamlException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static ServedResource? Resource(ApiContext context) =>
        context.Cluster.Catalog.Find(context.Record.Group, context.Record.Version, context.Record.Resource);
}
