using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Admission;

/// <summary>Whether a custom resource fits its schema: types, value validations, unique items, CEL rules.</summary>
internal sealed class SchemaValidation
{
    private readonly Causes _causes = new();

    /// <summary>What is wrong; nothing if the object is valid.</summary>
    /// <param name="live">The stored object: what it violates already is tolerated where it did not change. Null for a create.</param>
    /// <param name="subject">The object.</param>
    /// <param name="type">Its type.</param>
    /// <param name="warn">Told what CEL rules tolerate.</param>
    public static ImmutableArray<StatusCause> Causes(KubernetesObject? live, KubernetesObject subject, TypeSchema type, Action<string> warn)
    {
        var validation = new SchemaValidation();
        validation.Value(subject.Json, type, string.Empty, CelOldValue.Of(live?.Json, subject.Json));
        if (!type.HasCelRules)
        {
            return validation._causes.ToImmutable();
        }

        var causes = validation._causes.ToImmutable();
        if (causes.Any(static cause =>
            cause.Reason is "FieldValueNotSupported" or "FieldValueRequired" or "FieldValueTooLong" or "FieldValueTooMany" or "FieldValueTypeInvalid"))
        {
            return causes.Add(new(
                "FieldValueInvalid",
                "Invalid value: null: some validation rules were not checked because the object was invalid; "
                    + "correct the existing errors to complete validation",
                "<nil>"));
        }

        CelRuleEvaluation.Check(live?.Json, subject.Json, type, validation._causes, warn);
        return validation._causes.ToImmutable();
    }

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string? Mismatch(JsonNode value, TypeSchema type)
    {
        var kind = value.GetValueKind();
        var isInteger = kind == JsonValueKind.Number && ValueRuleChecks.IsInteger(value);
        return type.Shape switch
        {
            SchemaShape.Object when kind != JsonValueKind.Object => "object",
            SchemaShape.List when kind != JsonValueKind.Array => "array",
            SchemaShape.Scalar => type.Scalar switch
            {
                ScalarKind.String when kind != JsonValueKind.String => "string",
                ScalarKind.Integer when !isInteger => "integer",
                ScalarKind.Number when kind != JsonValueKind.Number => "number",
                ScalarKind.Boolean when kind is not (JsonValueKind.True or JsonValueKind.False) => "boolean",
                ScalarKind.IntOrString when kind != JsonValueKind.String && !isInteger => "integer,string",
                _ => null,
            },
            _ => null,
        };
    }

    private static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null => "null",
        JsonValueKind.String => "string",
        JsonValueKind.Number => ValueRuleChecks.IsInteger(value) ? "integer" : "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Object => "object",
        _ => "array",
    };

    private void Value(JsonNode? value, TypeSchema type, string path, CelOldValue old)
    {
        if (type.IsBuiltIn || (old.HasOld && old.IsUnchanged) || (value is null && (type.IsNullable || type.Shape == SchemaShape.Any)))
        {
            return;
        }

        var mismatch = value is null ? NameOf(type) : Mismatch(value, type);
        if (mismatch is not null)
        {
            var found = TypeOf(value);
            _causes.TypeInvalid(path, found, $"{path} in body must be of type {mismatch}: \"{found}\"");
            return;
        }

        if (type.IsEmbeddedResource && path.Length > 0 && value is JsonObject embedded)
        {
            Embedded(embedded, path);
        }

        if (type.Rules is { } rules)
        {
            ValueRuleChecks.Check(value, rules, path, _causes);
        }

        switch (value)
        {
            case JsonObject fields:
                foreach (var (name, member) in fields)
                {
                    if (type.Child(name) is { } child)
                    {
                        Value(member, child, Below(path, name), old.Key(name));
                    }
                }

                break;
            case JsonArray items:
                Items(items, type, path, old);
                break;
            default:
                break;
        }
    }

    private void Embedded(JsonObject resource, string path)
    {
        _causes.RequireText($"{path}.apiVersion", resource.Text("apiVersion"));
        _causes.RequireText($"{path}.kind", resource.Text("kind"));
        MetadataValidation.Labels(resource.Object("metadata").Object("labels"), $"{path}.metadata.labels", _causes);
        MetadataValidation.Annotations(resource.Object("metadata").Object("annotations"), $"{path}.metadata.annotations", _causes);
    }

    private void Items(JsonArray items, TypeSchema type, string path, CelOldValue old)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
        {
            var place = $"{path}[{i}]";
            if (TypedValues.IsAssociative(type) && TypedValues.TryNameItem(type, items[i], out var name, out _) && !seen.Add(name.Text))
            {
                _causes.Duplicate(place, KubernetesJson.Parse(name.Content));
            }

            Value(items[i], type.Item ?? TypeSchema.Untyped, place, old.Index(items[i], type));
        }
    }

    private static string NameOf(TypeSchema type) => type.Shape switch
    {
        SchemaShape.Object => "object",
        SchemaShape.List => "array",
        _ => type.Scalar switch
        {
            ScalarKind.Integer => "integer",
            ScalarKind.Number => "number",
            ScalarKind.Boolean => "boolean",
            ScalarKind.IntOrString => "integer,string",
            _ => "string",
        },
    };
}
