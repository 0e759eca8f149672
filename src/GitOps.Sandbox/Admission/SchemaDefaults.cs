using System.Text.Json.Nodes;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Admission;

/// <summary>Fills in the defaults of a custom resource's schema.</summary>
internal static class SchemaDefaults
{
    /// <summary>Changes the object in place. A null where the schema allows none counts as absent if there is a default.</summary>
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

    /// <summary>Drops nulls that the schema neither allows nor has a default for. What is applied is not treated so.</summary>
    public static void DropNulls(JsonNode? value, TypeSchema type)
    {
        if (type.IsBuiltIn || ReferenceEquals(type, TypeSchema.Untyped))
        {
            return;
        }

        switch (value)
        {
            case JsonObject fields:
                List<string>? dropped = null;
                foreach (var (name, member) in fields)
                {
                    var child = type.Child(name);
                    if (member is null && child is { IsBuiltIn: false, IsNullable: false, Default: null } && !ReferenceEquals(child, TypeSchema.Untyped))
                    {
                        (dropped ??= []).Add(name);
                    }
                    else if (child is not null)
                    {
                        DropNulls(member, child);
                    }
                }

                foreach (var name in dropped ?? [])
                {
                    fields.Remove(name);
                }

                break;
            case JsonArray items when type.Item is { } item:
                foreach (var element in items)
                {
                    DropNulls(element, item);
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
            if (property.Type is { Default: { } standard, IsBuiltIn: false }
                && (!fields.TryGetPropertyValue(name, out var value) || (value is null && !property.Type.IsNullable)))
            {
                fields[name] = standard.DeepClone();
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
