using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Http;

/// <summary>Reads what is sent: JSON, or YAML where the media type allows it.</summary>
internal static class RequestBody
{
    /// <exception cref="ApiError">400: it is neither.</exception>
    public static JsonObject ReadObject(ReadOnlyMemory<byte> body, bool allowYaml) =>
        Read(body, allowYaml) as JsonObject ?? throw ApiError.BadRequest("couldn't get version/kind; json parse error: expected an object");

    /// <exception cref="ApiError">400: it is neither.</exception>
    public static JsonNode? Read(ReadOnlyMemory<byte> body, bool allowYaml)
    {
        var text = body.Span.TrimStart(" \t\r\n"u8);
        if (text.IsEmpty)
        {
            throw ApiError.BadRequest("the request's body is empty");
        }

        try
        {
            return allowYaml && text[0] is not ((byte)'{' or (byte)'[')
                ? YamlBody.Read(Encoding.UTF8.GetString(text))
                : KubernetesJson.Parse(text);
        }
        catch (Exception exception) when (exception is JsonException or YamlDotNet.Core.YamlException or FormatException)
        {
            throw ApiError.BadRequest($"error decoding the request's body: {exception.Message}");
        }
    }
}
