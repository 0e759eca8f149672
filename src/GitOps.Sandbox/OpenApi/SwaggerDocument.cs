using System.Text.Json.Nodes;
using GitOps.Sandbox.Http;

namespace GitOps.Sandbox.OpenApi;

/// <summary>OpenAPI v2: one document of everything, made of the documents of v3. Clients fall back on it where v3 does not know a kind.</summary>
internal static class SwaggerDocument
{
    private const string ReferenceMember = "$ref";
    private const string From = "#/components/schemas/";
    private const string To = "#/definitions/";

    private static readonly string[] Methods = ["get", "put", "post", "delete", "patch"];

    /// <summary>What a schema of v2 cannot say, or is not made to say.</summary>
    private static readonly string[] NotKnown = ["default", "nullable", "oneOf", "anyOf", "not"];

    public static JsonObject Merge(IEnumerable<JsonObject> documents)
    {
        var (paths, definitions) = (new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal), new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal));
        foreach (var document in documents)
        {
            foreach (var (path, item) in document["paths"]!.AsObject())
            {
                paths[path] = Path(item!.AsObject());
            }

            foreach (var (name, schema) in document["components"]!["schemas"]!.AsObject())
            {
                definitions[name] = Join(definitions.GetValueOrDefault(name) as JsonObject, Schema(schema!.AsObject()));
            }
        }

        return new()
        {
            ["swagger"] = "2.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "1.36" },
            ["paths"] = new JsonObject(paths),
            ["definitions"] = new JsonObject(definitions),
        };
    }

    /// <summary>What all groups have is named by each of them with its own kinds.</summary>
    private static JsonObject Join(JsonObject? known, JsonObject found)
    {
        const string kinds = "x-kubernetes-group-version-kind";
        if (known?[kinds] is JsonArray before && found[kinds] is JsonArray more)
        {
            var all = before.Concat(more).Select(static kind => kind!.ToJsonString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
            found[kinds] = new JsonArray([.. all.Select(static kind => JsonNode.Parse(kind))]);
        }

        return found;
    }

    private static JsonObject Path(JsonObject item)
    {
        var path = new JsonObject();
        foreach (var method in Methods)
        {
            if (item[method] is JsonObject operation)
            {
                path[method] = Operation(operation);
            }
        }

        if (item["parameters"] is JsonArray parameters)
        {
            path["parameters"] = new JsonArray([.. parameters.Select(static parameter => Parameter(parameter!.AsObject()))]);
        }

        return path;
    }

    private static JsonObject Operation(JsonObject operation)
    {
        var body = operation["requestBody"] as JsonObject;
        var produced = operation["responses"]?["200"] as JsonObject;
        var swagger = new JsonObject
        {
            ["consumes"] = Types(operation.ContainsKey("x-kubernetes-action") ? body : produced),
            ["produces"] = Types(produced),
            ["schemes"] = new JsonArray("https"),
            ["tags"] = operation["tags"]!.DeepClone(),
            ["operationId"] = operation["operationId"]!.DeepClone(),
        };
        var parameters = (operation["parameters"] as JsonArray ?? []).Select(static parameter => Parameter(parameter!.AsObject())).ToList();
        if (body is not null)
        {
            parameters.Add(Body(body));
        }

        if (parameters.Count > 0)
        {
            swagger["parameters"] = new JsonArray([.. parameters]);
        }

        swagger["responses"] = new JsonObject(operation["responses"]!.AsObject().Select(static response =>
            KeyValuePair.Create(response.Key, (JsonNode?)Response(response.Value!.AsObject()))));
        foreach (var (name, value) in operation.Where(static member => member.Key.StartsWith("x-", StringComparison.Ordinal)))
        {
            swagger[name] = value?.DeepClone();
        }

        return swagger;
    }

    private static JsonArray Types(JsonObject? holder) => holder?["content"] is JsonObject content
        ? new([.. content.Select(static type => JsonValue.Create(type.Key))])
        : [MediaTypes.Any];

    private static JsonObject Parameter(JsonObject parameter)
    {
        var swagger = (JsonObject)parameter.DeepClone();
        var schema = swagger["schema"]!.AsObject();
        swagger.Remove("schema");
        foreach (var (name, value) in schema)
        {
            swagger[name] = value?.DeepClone();
        }

        return swagger;
    }

    private static JsonObject Body(JsonObject body)
    {
        var parameter = new JsonObject { ["name"] = "body", ["in"] = "body" };
        if (body["required"] is { } required)
        {
            parameter["required"] = required.DeepClone();
        }

        parameter["schema"] = ContentSchema(body);
        return parameter;
    }

    private static JsonObject Response(JsonObject response)
    {
        var swagger = new JsonObject { ["description"] = response["description"]?.DeepClone() };
        if (ContentSchema(response) is { } schema)
        {
            swagger["schema"] = schema;
        }

        return swagger;
    }

    private static JsonObject? ContentSchema(JsonObject holder) =>
        (holder["content"] as JsonObject)?.FirstOrDefault().Value?["schema"] is JsonObject schema ? Schema(schema) : null;

    private static JsonObject Schema(JsonObject schema)
    {
        if (schema["allOf"] is JsonArray { Count: 1 } only && only[0] is JsonObject reference && reference.ContainsKey(ReferenceMember))
        {
            var named = Schema(reference);
            foreach (var (name, value) in schema.Where(static member => member.Key == "description" || member.Key.StartsWith("x-", StringComparison.Ordinal)))
            {
                named[name] = value?.DeepClone();
            }

            return named;
        }

        var swagger = new JsonObject();
        foreach (var (name, value) in schema)
        {
            switch (name)
            {
                case ReferenceMember:
                    swagger[name] = value!.GetValue<string>().Replace(From, To, StringComparison.Ordinal);
                    break;
                case "properties":
                    swagger[name] = new JsonObject(value!.AsObject().Select(static property =>
                        KeyValuePair.Create(property.Key, (JsonNode?)Schema(property.Value!.AsObject()))));
                    break;
                case "items" or "additionalProperties" when value is JsonObject below:
                    swagger[name] = Schema(below);
                    break;
                case "oneOf" when !schema.ContainsKey("type"):
                    // What may be a text or a number is a text here.
                    swagger["type"] = "string";
                    break;
                default:
                    if (!NotKnown.Contains(name, StringComparer.Ordinal))
                    {
                        swagger[name] = value?.DeepClone();
                    }

                    break;
            }
        }

        return swagger;
    }
}
