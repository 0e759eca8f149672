using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Cel.Rules;

/// <summary>The rules of a schema node and of everything below it; only the parts of a schema that have rules have nodes.</summary>
internal sealed class CelRuleNode
{
    private static readonly ConditionalWeakTable<TypeSchema, StrongBox<CelRuleNode?>> Known = [];

    private CelRuleNode(TypeSchema schema, bool isResource) => (Schema, IsResource) = (schema, isResource);

    public TypeSchema Schema { get; }

    public bool IsResource { get; }

    public ImmutableArray<CelRule> Rules { get; private init; } = [];

    public CelRuleNode? Item { get; private init; }

    /// <summary>The node of the values of a map.</summary>
    public CelRuleNode? Value { get; private init; }

    public FrozenDictionary<string, CelRuleNode> Fields { get; private init; } = FrozenDictionary<string, CelRuleNode>.Empty;

    /// <summary>Where below the value a rule's violation is; empty if it is the value itself.</summary>
    public string PathOf(CelRule rule) => rule.FieldPath.Length > 0 ? CelFieldPath.Normalize(rule.FieldPath, Schema) ?? string.Empty : string.Empty;

    /// <summary>The rules of a kind; null if it has none. They are compiled when they are first needed.</summary>
    public static CelRuleNode? Of(TypeSchema kind) =>
        kind.HasCelRules ? Known.GetValue(kind, static schema => new(Create(schema, CelSchemaTypes.Of(schema, "selfType", isResource: true), isResource: true))).Value : null;

    private static CelRuleNode? Create(TypeSchema schema, CelType? type, bool isResource)
    {
        // What cannot be seen in expressions has no rules, whatever the schema says.
        if (type is null)
        {
            return null;
        }

        var fields = new Dictionary<string, CelRuleNode>(StringComparer.Ordinal);
        foreach (var (name, property) in schema.Properties)
        {
            var fieldType = type.Fields.FindByName(name)?.Type;
            if (Create(property.Type, fieldType, property.Type.IsEmbeddedResource) is { } field)
            {
                fields[name] = field;
            }
        }

        var below = type.Kind is CelKind.List or CelKind.Map ? type.Parameters[^1] : null;
        return new CelRuleNode(schema, isResource)
        {
            Rules = Compile(schema.CelRules, type),
            Item = schema.Item is { } item ? Create(item, below, item.IsEmbeddedResource) : null,
            Value = CelSchemaTypes.MapValue(schema) is { } value ? Create(value, below, value.IsEmbeddedResource) : null,
            Fields = fields.ToFrozenDictionary(StringComparer.Ordinal),
        }.OrNone();
    }

    private CelRuleNode? OrNone() => Rules.IsEmpty && Item is null && Value is null && Fields.Count == 0 ? null : this;

    private static ImmutableArray<CelRule> Compile(JsonArray? rules, CelType type) =>
        [.. (rules ?? []).OfType<JsonObject>().Select(rule => CelRule.Compile(rule, type))];
}
