using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Cel.Values;

/// <summary>An object made by an expression: <c>Object.spec{replicas: 3}</c>.</summary>
/// <param name="type">Its type.</param>
/// <param name="fields">The fields that were set, by their names in JSON.</param>
internal sealed class CelObjectValue(CelType type, ImmutableSortedDictionary<string, CelValue> fields) : CelValue
{
    public override CelType Type => type;

    public override bool IsZero => fields.IsEmpty;

    public ImmutableSortedDictionary<string, CelValue> Fields => fields;

    /// <summary>The value of a field that was set.</summary>
    public CelValue? Find(string identifier) =>
        fields.GetValueOrDefault(type.Fields.Find(identifier)?.Name ?? identifier);

    public override bool Same(CelValue other) => other is CelObjectValue value
        && value.Type.Is(type)
        && value.Fields.Count == fields.Count
        && fields.All(field => value.Fields.TryGetValue(field.Key, out var otherField) && field.Value.Same(otherField));

    public override JsonNode ToJson()
    {
        var json = new JsonObject();
        foreach (var (name, value) in fields)
        {
            json[name] = value.ToJson();
        }

        return json;
    }
}
