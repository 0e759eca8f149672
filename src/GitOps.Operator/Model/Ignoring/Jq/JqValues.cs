using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Model.Ignoring.Jq;

/// <summary>jq's ideas of truth, order and containment.</summary>
internal static class JqValues
{
    private const int MaxSorted = 100_000;

    public static bool IsTrue(JsonNode? value) => Kind(value) is not (JsonValueKind.Null or JsonValueKind.False);

    public static JsonValueKind Kind(JsonNode? value) => value?.GetValueKind() ?? JsonValueKind.Null;

    public static string TypeOf(JsonNode? value) => Kind(value) switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => "null",
    };

    public static double Number(JsonNode value) =>
        double.Parse(KubernetesJson.ToText(value), NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>null, false, true, numbers, strings, lists, objects.</summary>
    public static int Compare(JsonNode? left, JsonNode? right)
    {
        var (kind, other) = (Rank(left), Rank(right));
        if (kind != other)
        {
            return kind.CompareTo(other);
        }

        return Kind(left) switch
        {
            JsonValueKind.Number => Number(left!).CompareTo(Number(right!)),
            JsonValueKind.String => Texts(left!.GetValue<string>(), right!.GetValue<string>()),
            JsonValueKind.Array => Lists((JsonArray)left!, (JsonArray)right!),
            JsonValueKind.Object => Objects((JsonObject)left!, (JsonObject)right!),
            _ => 0,
        };
    }

    /// <summary>Null: the two cannot be compared so.</summary>
    public static bool? Contains(JsonNode? value, JsonNode? part)
    {
        if (value is JsonObject fields && part is JsonObject wanted)
        {
            return wanted.All(field => fields.TryGetPropertyValue(field.Key, out var found) && Contains(found, field.Value) == true);
        }

        if (value is JsonArray items && part is JsonArray others)
        {
            return others.All(other => items.Any(item => Contains(item, other) == true));
        }

        return Kind(value) == JsonValueKind.String && Kind(part) == JsonValueKind.String
            ? value!.GetValue<string>().Contains(part!.GetValue<string>(), StringComparison.Ordinal)
            : TypeOf(value) == TypeOf(part) ? Compare(value, part) == 0 : null;
    }

    public static IEnumerable<string> SortedKeys(JsonObject fields) =>
        fields.Select(static field => field.Key).Take(MaxSorted).Order(Comparer<string>.Create(Texts));

    private static int Rank(JsonNode? value) => Kind(value) switch
    {
        JsonValueKind.False => 1,
        JsonValueKind.True => 2,
        JsonValueKind.Number => 3,
        JsonValueKind.String => 4,
        JsonValueKind.Array => 5,
        JsonValueKind.Object => 6,
        _ => 0,
    };

    // By code point, as UTF-8 sorts.
    private static int Texts(string left, string right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));

    private static int Lists(JsonArray left, JsonArray right)
    {
        for (var i = 0; i < left.Count && i < right.Count; i++)
        {
            var order = Compare(left[i], right[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return left.Count.CompareTo(right.Count);
    }

    private static int Objects(JsonObject left, JsonObject right)
    {
        var (names, others) = (SortedKeys(left).ToList(), SortedKeys(right).ToList());
        var order = Lists([.. names.Select(static name => (JsonNode?)name)], [.. others.Select(static name => (JsonNode?)name)]);
        return order != 0 ? order : names.Select(name => Compare(left[name], right[name])).FirstOrDefault(static result => result != 0);
    }
}
