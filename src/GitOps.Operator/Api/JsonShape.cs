using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace GitOps.Operator.Api;

/// <param name="Path">Where it stands.</param>
/// <param name="Expected">What should stand there: <c>a string</c>, <c>a list</c>.</param>
internal sealed record ShapeError(string Path, string Expected);

/// <summary>
/// Compares JSON with the type it is going to be read as, so that reading cannot fail and all misfits are told at once.
/// An object may have been stored under an older schema than ours.
/// </summary>
internal static class JsonShape
{
    /// <summary>A copy with only what fits; null if the node itself does not fit (an error was added) or is null.</summary>
    public static JsonNode? Fit(JsonNode? node, JsonTypeInfo type, string path, List<ShapeError> errors)
    {
        if (node is null)
        {
            return null;
        }

        return type.Kind switch
        {
            JsonTypeInfoKind.Object => FitObject(node, type, path, errors),
            JsonTypeInfoKind.Enumerable => FitList(node, type, path, errors),
            JsonTypeInfoKind.Dictionary => FitMap(node, path, errors),
            _ => FitValue(node, type.Type, path, errors),
        };
    }

    /// <summary>Properties that are not written to JSON are listed too, but without accessors.</summary>
    public static bool IsMember(JsonPropertyInfo property) => property.Get is not null;

    private static JsonObject? FitObject(JsonNode node, JsonTypeInfo type, string path, List<ShapeError> errors)
    {
        if (node is not JsonObject fields)
        {
            errors.Add(new(path, "an object"));
            return null;
        }

        var fitting = new JsonObject();
        var complete = true;
        foreach (var property in type.Properties.Where(IsMember))
        {
            fields.TryGetPropertyValue(property.Name, out var value);
            var fit = Fit(value, type.Options.GetTypeInfo(property.PropertyType), $"{path}.{property.Name}", errors);
            if (fit is not null)
            {
                fitting[property.Name] = fit;
            }
            else if (property.IsRequired)
            {
                complete = false;
                if (value is null)
                {
                    errors.Add(new($"{path}.{property.Name}", "a value"));
                }
            }
        }

        return complete ? fitting : null;
    }

    private static JsonObject? FitMap(JsonNode node, string path, List<ShapeError> errors)
    {
        if (node is not JsonObject fields)
        {
            errors.Add(new(path, "a map of strings"));
            return null;
        }

        var fitting = new JsonObject();
        foreach (var (name, value) in fields)
        {
            if (value is JsonValue scalar && scalar.TryGetValue(out string? text))
            {
                fitting[name] = text;
            }
            else
            {
                errors.Add(new($"{path}.{name}", "a string"));
            }
        }

        return fitting;
    }

    private static JsonArray? FitList(JsonNode node, JsonTypeInfo type, string path, List<ShapeError> errors)
    {
        if (node is not JsonArray items)
        {
            errors.Add(new(path, "a list"));
            return null;
        }

        var element = type.Options.GetTypeInfo(type.ElementType ?? typeof(JsonNode));
        var fitting = new JsonArray();
        for (var i = 0; i < items.Count; i++)
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
            if (items[i] is null)
            {
                errors.Add(new(place, "a value"));
            }
            else if (Fit(items[i], element, place, errors) is { } fit)
            {
                fitting.Add(fit);
            }
        }

        return fitting;
    }

    private static JsonNode? FitValue(JsonNode node, Type declared, string path, List<ShapeError> errors)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        var (fits, expected) = type switch
        {
            _ when type == typeof(string) => (node.GetValueKind() == JsonValueKind.String, "a string"),
            _ when type == typeof(bool) => (node.GetValueKind() is JsonValueKind.True or JsonValueKind.False, "true or false"),
            _ when type == typeof(long) => (IsInteger(node, long.MinValue, long.MaxValue), "an integer"),
            _ when type == typeof(int) => (IsInteger(node, int.MinValue, int.MaxValue), "an integer"),
            _ when type == typeof(DateTimeOffset) => (Text(node) is { } text && TimestampConverter.TryParse(text, out _), "an RFC 3339 time"),
            { IsEnum: true } => (Text(node) is { } text && Enum.IsDefined(type, text), "one of " + string.Join(", ", Enum.GetNames(type))),
            _ => (true, "a value"),
        };

        if (!fits)
        {
            errors.Add(new(path, expected));
            return null;
        }

        return node.DeepClone();
    }

    private static string? Text(JsonNode node) => node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;

    private static bool IsInteger(JsonNode node, long min, long max) =>
        Kubernetes.Objects.KubernetesObject.TryGetInt64(node, out var number) && number >= min && number <= max;
}
