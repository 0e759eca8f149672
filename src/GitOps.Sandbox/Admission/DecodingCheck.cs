using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Admission;

/// <summary>
/// Whether a body can be read into the structs of its built-in kind. Of a custom resource only the metadata is read that way;
/// its schema judges the rest later.
/// </summary>
internal static partial class DecodingCheck
{
    /// <summary>The first mistake, as the server's decoder tells it; null if there is none.</summary>
    public static string? FirstError(JsonObject body, TypeSchema type) => Fields(body, type, string.Empty);

    private static string? Value(JsonNode? value, TypeSchema type, string path)
    {
        if (value is null)
        {
            return null;
        }

        if (!type.IsBuiltIn)
        {
            return value switch
            {
                JsonObject members when type.Shape == SchemaShape.Object => Fields(members, type, path),
                JsonArray elements when type is { Shape: SchemaShape.List, Item: not null } => Items(elements, type, path),
                _ => null,
            };
        }

        return (type.Shape, value) switch
        {
            (SchemaShape.Any, _) => null,
            (SchemaShape.Object, JsonObject fields) => Fields(fields, type, path),
            (SchemaShape.List, JsonArray items) => Items(items, type, path),
            (SchemaShape.Scalar, JsonValue scalar) => Scalar(scalar, type, path),
            _ => Mistake(value, type, path),
        };
    }

    private static string? Fields(JsonObject fields, TypeSchema type, string path)
    {
        foreach (var (name, value) in fields)
        {
            if (type.Child(name) is { } child && Value(value, child, path.Length == 0 ? name : $"{path}.{name}") is { } mistake)
            {
                return mistake;
            }
        }

        return null;
    }

    private static string? Items(JsonArray items, TypeSchema type, string path)
    {
        foreach (var item in items)
        {
            if (Value(item, type.Item!, path) is { } mistake)
            {
                return mistake;
            }
        }

        return null;
    }

    private static string? Scalar(JsonValue value, TypeSchema type, string path)
    {
        var kind = value.GetValueKind();
        switch (type.Scalar)
        {
            case ScalarKind.String when type.Format == "date-time":
                return kind == JsonValueKind.String && IsTime(value.GetValue<string>(), type)
                    ? null
                    : $"parsing time {value.ToJsonString()} as \"2006-01-02T15:04:05Z07:00\": cannot parse {value.ToJsonString()} as \"2006\"";
            case ScalarKind.String when type.Format == "byte":
                return kind == JsonValueKind.String && TextFormats.IsValid("byte", value.GetValue<string>())
                    ? null
                    : "illegal base64 data at input byte 0";
            case ScalarKind.Quantity:
                var text = kind == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
                return kind is JsonValueKind.String or JsonValueKind.Number && Quantity.Canonical(text) is not null
                    ? null
                    : "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
            default:
                return Fits(value, kind, type) ? null : Mistake(value, type, path);
        }
    }

    private static bool IsTime(string text, TypeSchema type) =>
        (type.Name.EndsWith(".MicroTime", StringComparison.Ordinal) ? MicroTime() : Time()).IsMatch(text) && TextFormats.IsValid("date-time", text);

    private static bool Fits(JsonValue value, JsonValueKind kind, TypeSchema type) => type.Scalar switch
    {
        ScalarKind.String => kind == JsonValueKind.String,
        ScalarKind.Boolean => kind is JsonValueKind.True or JsonValueKind.False,
        ScalarKind.Number => kind == JsonValueKind.Number,
        ScalarKind.Integer => kind == JsonValueKind.Number && IsInteger(value, type.Format),
        ScalarKind.IntOrString => kind == JsonValueKind.String || (kind == JsonValueKind.Number && IsInteger(value, "int32")),
        _ => true,
    };

    private static bool IsInteger(JsonValue value, string format) =>
        KubernetesObject.TryGetInt64(value, out var number) && (format != "int32" || number is >= int.MinValue and <= int.MaxValue);

    /// <summary>The value itself may be a secret: only its type is told.</summary>
    private static string Mistake(JsonNode value, TypeSchema type, string path)
    {
        var found = value.GetValueKind() switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.Number => "number",
            JsonValueKind.True or JsonValueKind.False => "bool",
            JsonValueKind.Object => "object",
            _ => "array",
        };
        var wanted = type.Shape switch
        {
            SchemaShape.Object => type.Name.Length > 0 ? type.Name[(type.Name.LastIndexOf('.') + 1)..] : "map[string]string",
            SchemaShape.List => "[]" + (type.Item is { Name.Length: > 0 } item ? item.Name[(item.Name.LastIndexOf('.') + 1)..] : "string"),
            _ => type.Scalar switch
            {
                ScalarKind.Integer => type.Format.Length > 0 ? type.Format : "int64",
                ScalarKind.Boolean => "bool",
                ScalarKind.Number => "float64",
                _ => "string",
            },
        };
        return $"json: cannot unmarshal {found} into Go struct field {path} of type {wanted}";
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:\d\d)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Time();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.,]\d{6}(Z|[+-]\d\d:\d\d)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MicroTime();
}
