using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Operator.Api;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace GitOps.Operator.Tests.Api;

/// <summary>The schemas of the CRDs that the program carries.</summary>
internal static class Crds
{
    public static JsonObject Application { get; } = Schema("applications.gitops-operator.dev.yaml");

    public static JsonObject Inventory { get; } = Schema("resourceinventories.gitops-operator.dev.yaml");

    public static JsonObject Approval { get; } = Schema("syncapprovals.gitops-operator.dev.yaml");

    public static JsonObject Load(string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(EmbeddedCrds.All().Single(item => item.File == file).Yaml));
        return ToJson(stream.Documents.Single().RootNode)!.AsObject();
    }

    /// <summary>Every node of a schema below <paramref name="path"/>, with <c>[]</c> for items.</summary>
    public static IEnumerable<(string Path, JsonObject Schema)> Walk(JsonObject schema, string path)
    {
        yield return (path, schema);
        foreach (var (name, child) in schema["properties"] as JsonObject ?? [])
        {
            foreach (var below in Walk(child!.AsObject(), $"{path}.{name}"))
            {
                yield return below;
            }
        }

        if (schema["items"] is JsonObject items)
        {
            foreach (var below in Walk(items, path + "[]"))
            {
                yield return below;
            }
        }
    }

    public static JsonObject Property(JsonObject schema, string name) => schema["properties"]![name]!.AsObject();

    /// <summary>What kind of value a schema describes, in one word or two.</summary>
    public static string TypeOf(JsonObject schema)
    {
        if (schema["x-kubernetes-int-or-string"] is not null)
        {
            return "int-or-string";
        }

        if (schema["x-kubernetes-preserve-unknown-fields"] is not null)
        {
            return "anything";
        }

        return schema["additionalProperties"] is JsonObject values ? $"map of {values["type"]}" : schema["type"]!.GetValue<string>();
    }

    private static JsonObject Schema(string file) =>
        Load(file)["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!.AsObject();

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(static item =>
            KeyValuePair.Create(((YamlScalarNode)item.Key).Value!, ToJson(item.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => Plain(scalar.Value!),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new InvalidOperationException("unexpected YAML"),
    };

    private static JsonValue? Plain(string text) =>
        text is "true" or "false" ? JsonValue.Create(text == "true")
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number)
        : JsonValue.Create(text);
}
