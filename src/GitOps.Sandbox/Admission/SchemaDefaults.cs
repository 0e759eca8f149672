using System.Text.Json.Nodes;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Admission;

/// <summary>Fills in the defaults of a custom resource's schema, and drops nulls where the schema allows none.</summary>
internal static class SchemaDefaults
{
    /// <summary>Changes the object in place.</summary>
    public static void Apply(JsonNode? value, TypeSchema type)
    {
        switch (value)
        {
            case JsonObject fields:
                Fields(fields, type);
                break;
            case JsonArray items when type.Item is { } item:
                for (var i = 0; i < items.Count; i++)
                {
                    if (items[i] is null && !item.IsNullable && item.Default is not null)
                    {
                        items[i] = item.Default.DeepClone();
                    }

                    Apply(items[i], item);
                }

                break;
            default:
                break;
        }
    }

    private static void Fields(JsonObject fields, TypeSchema type)
    {
        foreach (var (name, property) in type.Properties)
        {
            var isPresent = fields.TryGetPropertyValue(name, out var value);
            var isForbiddenNull = isPresent && value is null && !property.Type.IsNullable;
            if (property.Type is { Default: { } standard, IsBuiltIn: false } && (!isPresent || isForbiddenNull))
            {
                fields[name] = standard.DeepClone();
            }
            else if (isForbiddenNull)
            {
                fields.Remove(name);
            }
        }

        foreach (var (name, value) in fields.ToArray())
        {
            if (type.Child(name) is not { IsBuiltIn: false } child || ReferenceEquals(child, TypeSchema.Untyped))
            {
                continue;
            }

            if (value is null && !child.IsNullable && child.Default is not null)
            {
                fields[name] = child.Default.DeepClone();
            }

            Apply(fields[name], child);
        }
    }
}
