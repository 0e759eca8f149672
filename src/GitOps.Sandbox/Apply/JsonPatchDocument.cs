using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Apply;

/// <summary>JSON patch (RFC 6902) with the API server's limits and answers.</summary>
internal static class JsonPatchDocument
{
    /// <summary>What is said of a test that fails.</summary>
    public const string FailedTest = "the server rejected our request due to an error in our request";

    private const int MaxOperations = 10_000;

    /// <summary>The patched object; it shares nothing with the target and the patch, which are not changed.</summary>
    /// <exception cref="ApiException">
    /// 400: the patch is no list of operations; 413: too many of them; 422: one of them cannot be applied or a test failed.
    /// </exception>
    public static JsonObject Apply(JsonObject target, JsonNode? patch)
    {
        if (patch is not JsonArray operations)
        {
            throw ApplyErrors.BadRequest("error decoding patch: a JSON patch is a list of operations");
        }

        if (operations.Count > MaxOperations)
        {
            throw new ApiException(
                System.Net.HttpStatusCode.RequestEntityTooLarge,
                "RequestEntityTooLarge",
                $"The allowed maximum operations in a JSON patch is {MaxOperations}, got {operations.Count}");
        }

        // The document stands in a box, so that the root can be replaced like any other value.
        var box = new JsonArray(target.DeepClone());
        foreach (var operation in operations)
        {
            Apply(box, operation as JsonObject ?? throw ApplyErrors.BadRequest("error decoding patch: an operation is a JSON object"));
        }

        return box[0] is JsonObject result ? Detach(box, result) : throw Refused("the result of the patch is not an object");
    }

    private static JsonObject Detach(JsonArray box, JsonObject result)
    {
        box.RemoveAt(0);
        return result;
    }

    private static void Apply(JsonArray box, JsonObject operation)
    {
        var path = Pointer(operation, "path");
        switch (KubernetesObject.GetString(operation, "op"))
        {
            case "add":
                Add(box, path, operation["value"]?.DeepClone());
                break;
            case "replace":
                Replace(box, path, operation["value"]?.DeepClone());
                break;
            case "remove":
                Remove(box, path);
                break;
            case "copy":
                Add(box, path, Find(box, Pointer(operation, "from"))?.DeepClone());
                break;
            case "move":
                var from = Pointer(operation, "from");
                if (path.Length > from.Length && path.AsSpan(0, from.Length).SequenceEqual(from))
                {
                    throw Refused("a value cannot be moved into itself");
                }

                Add(box, path, Remove(box, from));
                break;
            case "test":
                Test(box, path, operation["value"]);
                break;
            case var op:
                throw Refused($"Unexpected kind: {op}");
        }
    }

    /// <summary>A failed test is told without saying what stands there.</summary>
    private static ApiException Refused(string reason) =>
        ApplyErrors.Unprocessable("the server rejected our request due to an error in our request (" + reason + ")");

    private static string[] Pointer(JsonObject operation, string member)
    {
        var text = KubernetesObject.GetString(operation, member) ?? throw Refused($"the operation has no {member}");
        if (text.Length == 0)
        {
            return [];
        }

        // What stands before the first slash is not looked at.
        return [.. text.Split('/').Skip(1).Select(static step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
    }

    private static void Test(JsonArray box, string[] path, JsonNode? expected)
    {
        var (parent, name) = Parent(box, path);
        var actual = parent is JsonObject fields
            ? fields.TryGetPropertyValue(name, out var value) ? value : null
            : At((JsonArray)parent, name);
        if (!JsonNode.DeepEquals(actual, expected))
        {
            throw ApplyErrors.Unprocessable(FailedTest);
        }
    }

    private static void Add(JsonArray box, string[] path, JsonNode? value)
    {
        var (parent, name) = Parent(box, path);
        if (parent is JsonObject fields)
        {
            fields[name] = value;
            return;
        }

        var items = (JsonArray)parent;
        if (ReferenceEquals(items, box))
        {
            box[0] = value;
        }
        else
        {
            items.Insert(name == "-" ? items.Count : Index(name, items.Count + 1), value);
        }
    }

    private static void Replace(JsonArray box, string[] path, JsonNode? value)
    {
        var (parent, name) = Parent(box, path);
        if (parent is JsonArray items)
        {
            items[Index(name, items.Count)] = value;
        }
        else
        {
            ((JsonObject)parent)[name] = value;
        }
    }

    private static JsonNode? Remove(JsonArray box, string[] path)
    {
        var (parent, name) = Parent(box, path);
        if (parent is JsonArray items)
        {
            var index = Index(name, items.Count);
            var item = items[index];
            items.RemoveAt(index);
            return item;
        }

        return parent is JsonObject fields && fields.Remove(name, out var value) ? value : throw Missing(path);
    }

    private static JsonNode? Find(JsonArray box, string[] path)
    {
        var (parent, name) = Parent(box, path);
        return parent is JsonObject fields
            ? fields[name]
            : At((JsonArray)parent, name);
    }

    /// <summary>The object or list that holds what a path leads to, and the last step.</summary>
    private static (JsonNode Parent, string Name) Parent(JsonArray box, string[] path)
    {
        JsonNode? parent = box;
        var name = "0";
        foreach (var step in path)
        {
            parent = parent switch
            {
                JsonObject fields => fields[name],
                JsonArray items => At(items, name),
                _ => throw Missing(path),
            };
            name = step;
        }

        return parent is JsonObject or JsonArray ? (parent, name) : throw Missing(path);
    }

    private static JsonNode? At(JsonArray items, string name) => items[Index(name, items.Count)];

    /// <summary>A negative index counts from the end.</summary>
    private static int Index(string text, int count) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index) && index < count && index >= -count
            ? index < 0 ? index + count : index
            : throw Refused($"there is no item {text} in a list of {count}");

    private static ApiException Missing(string[] path) => Refused($"nothing at /{string.Join('/', path)}");
}
