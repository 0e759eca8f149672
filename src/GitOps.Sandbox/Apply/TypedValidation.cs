using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Apply;

/// <summary>
/// Whether a value can be taken for its type at all: no undeclared field, no wrong type, no item twice. This is stricter than
/// decoding and is asked only of what is applied.
/// </summary>
internal static class TypedValidation
{
    /// <summary>What is wrong, each with its path: <c>.spec.replicas: expected numeric (int or float), got string</c>.</summary>
    public static IReadOnlyList<string> Errors(JsonObject value, TypeSchema type)
    {
        var errors = new List<string>();
        Check(value, type, string.Empty, errors);
        return errors;
    }

    /// <summary>A field path as the server's conflicts and type errors write it: <c>.spec.ports[port=80,protocol="TCP"].name</c>.</summary>
    public static string Describe(FieldPath path) => string.Concat(path.Elements.Select(Describe));

    private static string Describe(PathElement element) => element.Kind switch
    {
        PathElementKind.Field => "." + element.Content,
        PathElementKind.Key => "[" + string.Join(',', KubernetesJson.ParseObject(element.Content)
            .Select(static key => $"{key.Key}={TypedValues.Describe(key.Value)}")) + "]",
        PathElementKind.Value => $"[={element.Content}]",
        _ => $"[{element.Content}]",
    };

    private static void Check(JsonNode? value, TypeSchema type, string path, List<string> errors)
    {
        if (value is null)
        {
            return;
        }

        switch (TypedValues.ShapeOf(type, value))
        {
            case SchemaShape.Object when value is JsonObject fields:
                Fields(fields, type, path, errors);
                break;
            case SchemaShape.Object:
                Add(errors, path, $"expected map, got {Mistyped(value)}");
                break;
            case SchemaShape.List when value is JsonArray items:
                Items(items, type, path, errors);
                break;
            case SchemaShape.List:
                Add(errors, path, $"expected list, got {Mistyped(value)}");
                break;
            default:
                Scalar(value, type, path, errors);
                break;
        }
    }

    private static void Fields(JsonObject fields, TypeSchema type, string path, List<string> errors)
    {
        foreach (var (name, value) in fields)
        {
            var child = type.Shape == SchemaShape.Any ? TypeSchema.Untyped : type.Child(name);
            if (child is null)
            {
                Add(errors, $"{path}.{name}", "field not declared in schema");
                return;
            }

            if (value is not null)
            {
                Check(value, child, $"{path}.{name}", errors);
            }
        }
    }

    private static void Items(JsonArray items, TypeSchema type, string path, List<string> errors)
    {
        var isAssociative = TypedValues.IsAssociative(type);
        var seen = new HashSet<PathElement>();
        for (var i = 0; i < items.Count; i++)
        {
            var step = $"[{i}]";
            if (isAssociative)
            {
                if (!TypedValues.TryNameItem(type, items[i], out var name, out var problem))
                {
                    Add(errors, path, $"element {i}: {problem}");
                    return;
                }

                step = Describe(name);
                if (!seen.Add(name))
                {
                    Add(errors, path, $"duplicate entries for key {step}");
                }
            }

            Check(items[i], TypedValues.ItemType(type), path + step, errors);
        }
    }

    private static void Scalar(JsonNode value, TypeSchema type, string path, List<string> errors)
    {
        var kind = value.GetValueKind();
        var problem = type.Scalar switch
        {
            _ when type.Shape == SchemaShape.Any => null,
            ScalarKind.IntOrString when !type.IsBuiltIn => null,
            ScalarKind.String when kind != JsonValueKind.String => $"expected string, got {Mistyped(value)}",
            ScalarKind.Integer or ScalarKind.Number when kind != JsonValueKind.Number =>
                $"expected numeric (int or float), got {GoType(value)}",
            ScalarKind.Boolean when kind is not (JsonValueKind.True or JsonValueKind.False) =>
                $"expected boolean, got {Mistyped(value)}",
            _ when kind is JsonValueKind.Object or JsonValueKind.Array => $"expected any scalar, got {Mistyped(value)}",
            _ => null,
        };
        if (problem is not null)
        {
            Add(errors, path, problem);
        }
    }

    /// <summary>The value as such could be a secret, so only its type is told.</summary>
    private static string Mistyped(JsonNode value) => "&value.valueUnstructured of type " + GoType(value);

    private static string GoType(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.String => "string",
        JsonValueKind.Number => KubernetesObject.TryGetInt64(value, out _) ? "int64" : "float64",
        JsonValueKind.True or JsonValueKind.False => "bool",
        JsonValueKind.Object => "map[string]interface {}",
        _ => "[]interface {}",
    };

    private static void Add(List<string> errors, string path, string problem) =>
        errors.Add(path.Length == 0 ? problem : $"{path}: {problem}");
}
