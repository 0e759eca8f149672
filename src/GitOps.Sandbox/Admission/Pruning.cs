using System.Text.Json.Nodes;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Admission;

/// <summary>Drops what a kind's schema does not declare.</summary>
internal static class Pruning
{
    /// <summary>Changes the object in place.</summary>
    /// <returns>The paths of what was dropped: <c>spec.unknown</c>, <c>spec.parts[0].x</c>.</returns>
    public static IReadOnlyList<string> Apply(JsonObject json, TypeSchema type)
    {
        var dropped = new List<string>();
        Prune(json, type, string.Empty, dropped, removes: true);
        return dropped;
    }

    /// <summary>As <see cref="Apply"/>, without changing anything.</summary>
    public static IReadOnlyList<string> UnknownFields(JsonObject json, TypeSchema type)
    {
        var unknown = new List<string>();
        Prune(json, type, string.Empty, unknown, removes: false);
        return unknown;
    }

    private static void Prune(JsonNode? value, TypeSchema type, string path, List<string> dropped, bool removes)
    {
        switch (value)
        {
            case JsonObject fields when type.Shape == SchemaShape.Object:
                Fields(fields, type, path, dropped, removes);
                break;
            case JsonArray items when type is { Shape: SchemaShape.List, Item: { } item }:
                for (var i = 0; i < items.Count; i++)
                {
                    Prune(items[i], item, $"{path}[{i}]", dropped, removes);
                }

                break;
            default:
                break;
        }
    }

    private static void Fields(JsonObject fields, TypeSchema type, string path, List<string> dropped, bool removes)
    {
        List<string>? unknown = null;
        foreach (var (name, value) in fields)
        {
            var below = path.Length == 0 ? name : $"{path}.{name}";
            if (type.Child(name) is { } child)
            {
                Prune(value, child, below, dropped, removes);
            }
            else
            {
                dropped.Add(below);
                (unknown ??= []).Add(name);
            }
        }

        if (removes && unknown is not null)
        {
            foreach (var name in unknown)
            {
                fields.Remove(name);
            }
        }
    }
}
