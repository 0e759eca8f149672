using System.Globalization;
using System.Text.Json.Nodes;

namespace GitOps.Manifests.Kustomize.Merging;

/// <summary>
/// RFC 6902 as kustomize applies it, which is a little more lenient: a replaced member of a map need not be there, and indexes may
/// count from the end.
/// </summary>
internal sealed class JsonPatch
{
    private readonly List<JsonObject> _operations;

    private JsonPatch(List<JsonObject> operations) => _operations = operations;

    public bool IsEmpty => _operations.Count == 0;

    /// <summary>Whether all annotations go, or others take their place.</summary>
    public bool ReplacesAnnotations =>
        _operations.Exists(static operation => Text(operation, "op") != "test" && Text(operation, "path") is "/metadata/annotations" or "/metadata");

    /// <exception cref="KustomizeException">It is no list of operations.</exception>
    public static JsonPatch Read(JsonNode? json)
    {
        if (json is null)
        {
            return new([]);
        }

        return json is JsonArray items && items.All(static item => item is JsonObject)
            ? new([.. items.Select(static item => (JsonObject)item!)])
            : throw new KustomizeException("a JSON patch is a list of operations");
    }

    /// <returns>The changed document; what was given is used up.</returns>
    /// <exception cref="KustomizeException">An operation cannot be applied.</exception>
    public JsonNode Apply(JsonNode document)
    {
        foreach (var operation in _operations)
        {
            BuildWork.Spend(20);
            document = Apply(document, operation);
        }

        return document;
    }

    private static JsonNode Apply(JsonNode document, JsonObject operation)
    {
        var name = Text(operation, "op") ?? throw new KustomizeException("an operation of the JSON patch has no op");
        var path = Text(operation, "path") ?? throw new KustomizeException($"{name}: the operation has no path");
        switch (name)
        {
            case "add":
                Add(document, path, operation["value"]?.DeepClone(), name);
                return document;
            case "remove":
                Remove(document, path, name);
                return document;
            case "replace" when path.Length == 0:
                return operation["value"]?.DeepClone() is { } whole and (JsonObject or JsonArray)
                    ? whole
                    : throw new KustomizeException("replace operation value must be object or array");
            case "replace":
                Replace(document, path, operation["value"]?.DeepClone());
                return document;
            case "move":
                Add(document, path, Remove(document, From(operation, name), name), name);
                return document;
            case "copy":
                Add(document, path, Get(document, From(operation, name), name)?.DeepClone(), name);
                return document;
            case "test":
                BuildWork.Spend(Measure(operation["value"]).Values);
                return JsonNode.DeepEquals(path.Length == 0 ? document : Get(document, path, name), operation["value"])
                    ? document
                    : throw new KustomizeException($"test failed: {path} has another value");
            default:
                throw new KustomizeException($"unexpected kind of operation: {name}");
        }
    }

    private static string From(JsonObject operation, string name) =>
        Text(operation, "from") ?? throw new KustomizeException($"{name}: the operation has no from");

    private static string? Text(JsonObject operation, string name) =>
        operation[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static void Add(JsonNode document, string path, JsonNode? value, string name)
    {
        var (container, key) = Find(document, path, name);
        Count(value, path);
        if (container is JsonObject fields)
        {
            fields[key] = value;
            return;
        }

        var items = (JsonArray)container;
        BuildWork.Spend(items.Count / 8);
        items.Insert(key == "-" ? items.Count : Index(key, items.Count + 1, path), value);
    }

    private static JsonNode? Remove(JsonNode document, string path, string name)
    {
        var (container, key) = Find(document, path, name);
        if (container is JsonArray items)
        {
            BuildWork.Spend(items.Count / 8);
            var index = Index(key, items.Count, path);
            var item = items[index];
            items.RemoveAt(index);
            return item;
        }

        return ((JsonObject)container).Remove(key, out var value)
            ? value
            : throw new KustomizeException($"{name} does not apply, since there is no '{key}' at {path}: remove the operation, or correct the path");
    }

    private static void Replace(JsonNode document, string path, JsonNode? value)
    {
        var (container, key) = Find(document, path, "replace");
        Count(value, path);
        if (container is JsonArray items)
        {
            items[Index(key, items.Count, path)] = value;
        }
        else
        {
            container[key] = value;
        }
    }

    private static JsonNode? Get(JsonNode document, string path, string name)
    {
        var (container, key) = Find(document, path, name);
        return container is JsonArray items ? items[Index(key, items.Count, path)] : container[key];
    }

    /// <summary>What holds the last part of a path.</summary>
    private static (JsonNode Container, string Key) Find(JsonNode document, string path, string name)
    {
        var parts = path.Split('/');
        if (parts.Length < 2)
        {
            throw Missing();
        }

        var node = document;
        foreach (var part in parts.AsSpan(1, parts.Length - 2))
        {
            var key = Decode(part);
            node = node switch
            {
                JsonObject fields => fields[key],
                JsonArray items when TryIndex(key, items.Count, out var index) => items[index],
                _ => null,
            } ?? throw Missing();
        }

        return node is JsonObject or JsonArray ? (node, Decode(parts[^1])) : throw Missing();

        KustomizeException Missing() => new(name == "add"
            ? $"add does not apply, since there is nothing to add {path} to: correct the path, or add what it is in before"
            : $"{name} does not apply, since there is no {path}: correct the path, or use add");
    }

    /// <summary>A value that is put somewhere: a patch may copy what it has copied.</summary>
    private static void Count(JsonNode? value, string path)
    {
        var (values, characters, depth) = Measure(value);
        BuildWork.Hold(values, characters);
        BuildWork.CheckDepth(depth + path.Count('/'));
    }

    /// <summary>How many values there are in it, itself among them, how long the texts are, and how deep it is.</summary>
    internal static (long Values, long Characters, int Depth) Measure(JsonNode? json)
    {
        var (values, characters, depth) = (1L, json is JsonValue value && value.TryGetValue(out string? text) ? text.Length : 0L, 0);
        foreach (var (name, below) in json as JsonObject ?? [])
        {
            characters += name.Length;
            Add(below);
        }

        foreach (var below in json as JsonArray ?? [])
        {
            Add(below);
        }

        return (values, characters, depth);

        void Add(JsonNode? below)
        {
            var size = Measure(below);
            (values, characters, depth) = (values + size.Values, characters + size.Characters, Math.Max(depth, size.Depth + 1));
        }
    }

    private static string Decode(string part) =>
        part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);

    private static int Index(string key, int count, string path) => TryIndex(key, count, out var index)
        ? index
        : throw new KustomizeException($"Unable to access invalid index: {key} of {path}");

    private static bool TryIndex(string key, int count, out int index)
    {
        if (!int.TryParse(key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out index))
        {
            return false;
        }

        index += index < 0 ? count : 0;
        return index >= 0 && index < count;
    }
}
