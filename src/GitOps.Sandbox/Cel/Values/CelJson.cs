using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Cel.Values;

/// <summary>JSON of which no schema is known, as values: whole numbers are ints, texts stay texts.</summary>
internal static class CelJson
{
    public static CelValue Of(JsonNode? node) => node switch
    {
        null => CelNull.Instance,
        JsonObject fields => new CelJsonMap(fields),
        JsonArray items => new CelJsonList(items),
        _ => Scalar(node),
    };

    public static CelValue Scalar(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.String => CelString.Of(node.GetValue<string>()),
        JsonValueKind.True => CelBool.True,
        JsonValueKind.False => CelBool.False,
        JsonValueKind.Null => CelNull.Instance,
        JsonValueKind.Object or JsonValueKind.Array => CelJson.Of(node),
        _ => Number(node.ToJsonString()),
    };

    public static CelValue Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)
            ? CelInt.Of(integer)
            : new CelDouble(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture));
}

internal sealed class CelJsonList(JsonArray items) : CelList
{
    public override int Count => items.Count;

    public override CelValue this[int index] => CelJson.Of(items[index]);

    public override JsonNode ToJson() => items.DeepClone();
}

internal sealed class CelJsonMap(JsonObject fields) : CelMap
{
    public override int Count => fields.Count;

    public override IEnumerable<CelValue> Keys => fields.Select(static entry => CelString.Of(entry.Key));

    public override CelValue? Find(CelValue key) => key is CelString name ? Find(name.Value) : null;

    public override CelValue? Find(string key) => fields.TryGetPropertyValue(key, out var value) ? CelJson.Of(value) : null;

    public override JsonNode ToJson() => fields.DeepClone();
}
