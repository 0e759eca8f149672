using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace GitOps.Operator.Tests.Health;

/// <summary>An object, and the health it has.</summary>
/// <param name="Name">File and name in it.</param>
/// <param name="Kind">By its folder.</param>
/// <param name="Object">What is judged.</param>
/// <param name="Expect">The code; <c>None</c> where it says nothing about its health.</param>
/// <param name="Message">Null: any.</param>
internal sealed record HealthCase(string Name, GroupKind Kind, KubernetesObject Object, string Expect, string? Message);

/// <summary>
/// One folder for each kind, <c>group_Kind</c> (<c>core</c> for the core group), with any number of files of any number of documents.
/// An object that says nothing of its kind is of the folder's.
/// </summary>
internal static class HealthCases
{
    public static readonly IReadOnlyList<HealthCase> All = [.. Directory.GetDirectories(Folder("cases")).Order(StringComparer.Ordinal).SelectMany(OfKind)];

    public static string Folder(string name, [CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, name);

    private static IEnumerable<HealthCase> OfKind(string folder)
    {
        var name = Path.GetFileName(folder);
        var split = name.LastIndexOf('_');
        var kind = new GroupKind(name[..split] == "core" ? string.Empty : name[..split], name[(split + 1)..]);
        foreach (var file in Directory.GetFiles(folder).Order(StringComparer.Ordinal))
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(File.ReadAllText(file)));
            foreach (var document in stream.Documents)
            {
                var test = ToJson(document.RootNode)!.AsObject();
                var found = Complete(test["object"]!.DeepClone().AsObject(), kind);
                found.Key.GroupKind.ShouldBe(kind, file);
                yield return new(
                    $"{name}/{Path.GetFileNameWithoutExtension(file)}: {KubernetesObject.GetString(test, "name")}", kind, found,
                    KubernetesObject.GetString(test, "expect")!, KubernetesObject.GetString(test, "message"));
            }
        }
    }

    private static KubernetesObject Complete(JsonObject json, GroupKind kind)
    {
        json["apiVersion"] ??= kind.Group.Length == 0 ? "v1" : $"{kind.Group}/v1";
        json["kind"] ??= kind.Kind;
        var metadata = json["metadata"] as JsonObject ?? [];
        json["metadata"] = metadata.Parent is null ? metadata : metadata.DeepClone();
        json["metadata"]!["name"] ??= "web";
        return new(json);
    }

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
        text is "null" or "" ? null
        : text is "true" or "false" ? JsonValue.Create(text == "true")
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number)
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) ? JsonValue.Create(real)
        : JsonValue.Create(text);
}
