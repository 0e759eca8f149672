using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Protobuf;

namespace GitOps.Sandbox.OpenApi;

/// <summary>
/// OpenAPI v2 as the protobuf message in which client-go asks for it. Field numbers are those of the gnostic model; only what
/// a document of ours says is written.
/// </summary>
internal static class SwaggerMessage
{
    public static ReadOnlyMemory<byte> Write(JsonObject document)
    {
        var writer = new WireWriter();
        writer.Text(1, document["swagger"]!.GetValue<string>());
        writer.Message(2, info =>
        {
            info.Text(1, document["info"]!["title"]!.GetValue<string>());
            info.Text(2, document["info"]!["version"]!.GetValue<string>());
        });
        writer.Message(8, paths => WriteNamed(paths, 2, document["paths"]!.AsObject(), WritePath));
        writer.Message(9, definitions => WriteNamed(definitions, 1, document["definitions"]!.AsObject(), WriteSchema));
        return writer.Written;
    }

    private static void WriteNamed(WireWriter writer, int number, JsonObject members, Action<WireWriter, JsonObject> write)
    {
        foreach (var (name, value) in members)
        {
            writer.Message(number, named =>
            {
                named.Text(1, name);
                named.Message(2, inner => write(inner, value!.AsObject()));
            });
        }
    }

    private static void WritePath(WireWriter writer, JsonObject path)
    {
        foreach (var (method, number) in (ReadOnlySpan<(string, int)>)[("get", 2), ("put", 3), ("post", 4), ("delete", 5), ("patch", 8)])
        {
            if (path[method] is JsonObject operation)
            {
                writer.Message(number, inner => WriteOperation(inner, operation));
            }
        }

        WriteParameters(writer, 9, path);
    }

    private static void WriteOperation(WireWriter writer, JsonObject operation)
    {
        WriteTexts(writer, 1, operation["tags"]);
        writer.Text(5, operation["operationId"]!.GetValue<string>());
        WriteTexts(writer, 6, operation["produces"]);
        WriteTexts(writer, 7, operation["consumes"]);
        WriteParameters(writer, 8, operation);
        writer.Message(9, responses => WriteNamed(responses, 1, operation["responses"]!.AsObject(), static (value, response) =>
            value.Message(1, inner => WriteResponse(inner, response))));
        WriteTexts(writer, 10, operation["schemes"]);
        WriteExtensions(writer, 13, operation);
    }

    private static void WriteResponse(WireWriter writer, JsonObject response)
    {
        writer.Text(1, KubernetesObject.GetString(response, "description") ?? string.Empty);
        if (response["schema"] is JsonObject schema)
        {
            writer.Message(2, item => item.Message(1, inner => WriteSchema(inner, schema)));
        }
    }

    private static void WriteParameters(WireWriter writer, int number, JsonObject holder)
    {
        foreach (var parameter in (holder["parameters"] as JsonArray ?? []).OfType<JsonObject>())
        {
            writer.Message(number, item => item.Message(1, either =>
            {
                switch (KubernetesObject.GetString(parameter, "in"))
                {
                    case "body":
                        either.Message(1, inner => WriteBody(inner, parameter));
                        break;
                    case "path":
                        either.Message(2, other => other.Message(4, inner => WriteParameter(inner, parameter, 5, 19)));
                        break;
                    default:
                        either.Message(2, other => other.Message(3, inner => WriteParameter(inner, parameter, 6, 20)));
                        break;
                }
            }));
        }
    }

    private static void WriteBody(WireWriter writer, JsonObject parameter)
    {
        writer.Text(2, "body");
        writer.Text(3, "body");
        if (parameter["required"] is not null)
        {
            writer.Flag(4, true);
        }

        writer.Message(5, inner => WriteSchema(inner, parameter["schema"]!.AsObject()));
    }

    private static void WriteParameter(WireWriter writer, JsonObject parameter, int type, int uniqueItems)
    {
        if (parameter["required"] is not null)
        {
            writer.Flag(1, true);
        }

        writer.Text(2, KubernetesObject.GetString(parameter, "in")!);
        writer.Text(4, KubernetesObject.GetString(parameter, "name")!);
        writer.Text(type, KubernetesObject.GetString(parameter, "type")!);
        writer.Flag(uniqueItems, true);
    }

    private static void WriteSchema(WireWriter writer, JsonObject schema)
    {
        foreach (var (name, number) in (ReadOnlySpan<(string, int)>)[("$ref", 1), ("format", 2), ("title", 3), ("description", 4), ("pattern", 13)])
        {
            if (KubernetesObject.GetString(schema, name) is { } text)
            {
                writer.Text(number, text);
            }
        }

        foreach (var (name, number) in (ReadOnlySpan<(string, int)>)[("maximum", 7), ("minimum", 9)])
        {
            if (schema[name] is JsonValue limit && limit.GetValueKind() == JsonValueKind.Number)
            {
                writer.Double(number, double.Parse(limit.ToJsonString(), CultureInfo.InvariantCulture));
            }
        }

        WriteTexts(writer, 19, schema["required"]);
        foreach (var value in schema["enum"] as JsonArray ?? [])
        {
            writer.Message(20, any => WriteAny(any, value));
        }

        WriteStructure(writer, schema);
        WriteExtensions(writer, 31, schema);
    }

    private static void WriteStructure(WireWriter writer, JsonObject schema)
    {
        switch (schema["additionalProperties"])
        {
            case JsonObject below:
                writer.Message(21, item => item.Message(1, inner => WriteSchema(inner, below)));
                break;
            case JsonValue value when value.TryGetValue(out bool isAllowed):
                writer.Message(21, item => item.Flag(2, isAllowed));
                break;
            default:
                break;
        }

        if (KubernetesObject.GetString(schema, "type") is { } type)
        {
            writer.Message(22, item => item.Text(1, type));
        }

        if (schema["items"] is JsonObject items)
        {
            writer.Message(23, item => item.Message(1, inner => WriteSchema(inner, items)));
        }

        if (schema["properties"] is JsonObject properties)
        {
            writer.Message(25, all => WriteNamed(all, 1, properties, WriteSchema));
        }
    }

    private static void WriteExtensions(WireWriter writer, int number, JsonObject holder)
    {
        foreach (var (name, value) in holder.Where(static member => member.Key.StartsWith("x-", StringComparison.Ordinal)))
        {
            writer.Message(number, named =>
            {
                named.Text(1, name);
                named.Message(2, any => WriteAny(any, value));
            });
        }
    }

    /// <summary>Any value is written as YAML, which JSON is.</summary>
    private static void WriteAny(WireWriter writer, JsonNode? value) => writer.Text(2, KubernetesJson.ToText(value));

    private static void WriteTexts(WireWriter writer, int number, JsonNode? texts)
    {
        foreach (var text in texts as JsonArray ?? [])
        {
            writer.Text(number, text!.GetValue<string>());
        }
    }
}
