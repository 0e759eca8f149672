using System.Collections.Frozen;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Cel.Types;

/// <summary>
/// The types that a custom resource's schema declares. What has no type in the schema cannot be seen; of metadata only
/// <c>name</c> and <c>generateName</c> can.
/// </summary>
internal static class CelSchemaTypes
{
    private const long MaxRequest = 3 * 1024 * 1024;
    private const long MaxTextInRequest = MaxRequest - 2;

    private static readonly TypeSchema Text = new() { Shape = SchemaShape.Scalar, Scalar = ScalarKind.String };

    private static readonly TypeSchema Metadata = new(static () => new(
        new[] { "name", "generateName" }.ToFrozenDictionary(
            static name => name, static name => new PropertySchema(name, PathElement.Field(name), Text, Emission.WhenPresent), StringComparer.Ordinal),
        null, null))
    { Shape = SchemaShape.Object };

    /// <summary>The type; null if values of the schema cannot be seen in expressions.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="name">The name objects of it get.</param>
    /// <param name="isResource">Whether it has type and metadata, as a resource or an embedded one.</param>
    public static CelType? Of(TypeSchema schema, string name, bool isResource)
    {
        if (schema is { Shape: SchemaShape.Scalar, Scalar: ScalarKind.IntOrString })
        {
            return CelType.Dyn.Sized(MaxLength(schema) ?? MaxTextInRequest, 1);
        }

        return schema.Shape switch
        {
            SchemaShape.List => List(schema, name),
            SchemaShape.Object => MapValue(schema) is { } value ? Map(schema, value, name) : Object(schema, name, isResource),
            SchemaShape.Scalar => Scalar(schema),
            _ => null,
        };
    }

    /// <summary>The schema of the values of a map; null if it is no map but an object with fields.</summary>
    public static TypeSchema? MapValue(TypeSchema schema) =>
        ReferenceEquals(schema.Additional, TypeSchema.Untyped) ? null : schema.Additional;

    /// <summary>The schema of a field as expressions see it; null if it is not declared.</summary>
    public static TypeSchema? Field(TypeSchema schema, string name, bool isResource) => name switch
    {
        "apiVersion" or "kind" when isResource => Text,
        "metadata" when isResource => Metadata,
        _ => schema.Properties.GetValueOrDefault(name)?.Type,
    };

    private static CelType? List(TypeSchema schema, string name)
    {
        if (schema.Item is not { } item || Of(item, $"{name}.@idx", item.IsEmbeddedResource) is not { } type)
        {
            return null;
        }

        return CelType.ListOf(type, Math.Max(0, schema.Rules?.MaxItems ?? (MaxTextInRequest / (type.MinJsonSize + 1))));
    }

    private static CelType? Map(TypeSchema schema, TypeSchema value, string name) =>
        Of(value, $"{name}.@elem", value.IsEmbeddedResource) is { } type
            ? CelType.MapOf(
                CelType.String, type, Math.Max(0, schema.Rules?.MaxProperties ?? (MaxTextInRequest / (type.MinJsonSize + 6))))
            : null;

    private static CelType Object(TypeSchema schema, string name, bool isResource)
    {
        var names = schema.Properties.Keys.Concat(isResource ? ["apiVersion", "kind", "metadata"] : Array.Empty<string>()).Distinct(StringComparer.Ordinal);
        var required = schema.Rules?.Required ?? [];
        var fields = new List<CelField>();
        var size = 2L;
        foreach (var field in names)
        {
            var fieldSchema = Field(schema, field, isResource)!;
            if (Of(fieldSchema, $"{name}.{field}", fieldSchema.IsEmbeddedResource) is not { } type)
            {
                continue;
            }

            fields.Add(new(type, field));
            if (required.Contains(field, StringComparer.Ordinal) && fieldSchema.Default is null)
            {
                size += field.Length + type.MinJsonSize + 4;
            }
        }

        return CelType.Object(name, () => new(fields), size);
    }

    private static CelType Scalar(TypeSchema schema) => schema.Scalar switch
    {
        ScalarKind.Boolean => CelType.Bool.Sized(0, 4),
        ScalarKind.Number => CelType.Double.Sized(0, 1),
        ScalarKind.Integer => CelType.Int.Sized(0, 1),
        _ => schema.Format switch
        {
            "byte" => CelType.Bytes.Sized(Math.Max(0, schema.Rules?.MaxLength ?? MaxTextInRequest), 2),
            "duration" => CelType.Duration.Sized(32, 3),
            "date" => CelType.Timestamp.Sized(12, 12),
            "date-time" => CelType.Timestamp.Sized(32, 21),
            _ => CelType.String.Sized(MaxLength(schema) ?? LongestChoice(schema) ?? MaxTextInRequest, 2),
        },
    };

    /// <summary>In bytes: a character may take four.</summary>
    private static long? MaxLength(TypeSchema schema) => schema.Rules?.MaxLength is { } length ? Math.Max(0, length) * 4 : null;

    private static long? LongestChoice(TypeSchema schema) => schema.Rules is { Enum: { IsEmpty: false } choices }
        ? choices.Max(static choice => choice is System.Text.Json.Nodes.JsonValue value && value.TryGetValue(out string? text) ? text.Length : 0L)
        : null;
}
