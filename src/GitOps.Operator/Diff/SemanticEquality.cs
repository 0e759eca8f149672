using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Operator.Diff;

/// <summary>
/// Whether a value of a manifest is the value that the server has: numbers by value, null as absent, and otherwise by what
/// the field means (<see cref="FieldContext"/>).
/// </summary>
internal static class SemanticEquality
{
    /// <param name="desired">From the manifest.</param>
    /// <param name="live">From the server.</param>
    /// <param name="context">Where they stand.</param>
    /// <param name="exact">
    /// False: the server may have added members (defaults) to objects. True: it may not; somebody owns this value as a whole.
    /// </param>
    public static bool AreEqual(JsonNode? desired, JsonNode? live, FieldContext context, bool exact)
    {
        switch (desired)
        {
            case null:
                return live is null;
            case JsonObject fields:
                return live is JsonObject found
                    && fields.All(field => IsOmitted(field.Value, found[field.Key])
                        || AreEqual(field.Value, found[field.Key], context.Below(field.Key), exact))
                    && (!exact || found.All(field => field.Value is null || fields.ContainsKey(field.Key)));
            case JsonArray items:
                return live is JsonArray others && others.Count == items.Count
                    && (InOrder(items, others, context, exact) || (context.Meaning == Meaning.Set && AsSets(items, others)));
            default:
                return live is JsonValue value && Scalars((JsonValue)desired, value, context.Meaning);
        }
    }

    /// <summary>Null, and the zero values that the server leaves out when it stores an object of a built-in kind.</summary>
    public static bool IsOmitted(JsonNode? desired, JsonNode? live) => live is null && desired switch
    {
        null => true,
        JsonValue value => value.GetValueKind() switch
        {
            JsonValueKind.False => true,
            JsonValueKind.String => value.GetValue<string>().Length == 0,
            JsonValueKind.Number => CanonicalNumber.AreEqual(KubernetesJson.ToText(value), "0"),
            _ => false,
        },
        _ => false,
    };

    private static bool InOrder(JsonArray items, JsonArray others, FieldContext context, bool exact)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (!AreEqual(items[i], others[i], context, exact))
            {
                return false;
            }
        }

        return true;
    }

    private static bool AsSets(JsonArray items, JsonArray others)
    {
        var left = items.Select(static item => KubernetesJson.ToText(item)).Order(StringComparer.Ordinal);
        return left.SequenceEqual(others.Select(static item => KubernetesJson.ToText(item)).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    private static bool Scalars(JsonValue desired, JsonValue live, Meaning meaning)
    {
        var (kind, liveKind) = (desired.GetValueKind(), live.GetValueKind());
        return (kind, liveKind) switch
        {
            (JsonValueKind.String, JsonValueKind.String) => Texts(desired.GetValue<string>(), live.GetValue<string>(), meaning),
            (JsonValueKind.Number, JsonValueKind.Number) =>
                CanonicalNumber.AreEqual(KubernetesJson.ToText(desired), KubernetesJson.ToText(live)),
            (JsonValueKind.Number, JsonValueKind.String) => NumberAndText(desired, live.GetValue<string>(), meaning),
            (JsonValueKind.String, JsonValueKind.Number) => NumberAndText(live, desired.GetValue<string>(), meaning),
            _ => kind == liveKind,
        };
    }

    private static bool NumberAndText(JsonValue number, string text, Meaning meaning) => meaning switch
    {
        Meaning.Quantity => Quantity.AreEqual(KubernetesJson.ToText(number), text),
        Meaning.IntOrString => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && value.ToString(CultureInfo.InvariantCulture) == text && CanonicalNumber.AreEqual(KubernetesJson.ToText(number), text),
        _ => false,
    };

    private static bool Texts(string desired, string live, Meaning meaning) => desired == live || meaning switch
    {
        Meaning.Quantity => Quantity.AreEqual(desired, live),
        Meaning.Duration => GoDuration.TryParse(desired, out var left) && GoDuration.TryParse(live, out var right) && left == right
            && IsExact(desired) && IsExact(live),
        Meaning.Bytes => SameBytes(desired, live),
        _ => false,
    };

    // Nanoseconds are rounded where durations are read.
    private static bool IsExact(string duration) => !duration.Contains("ns", StringComparison.Ordinal);

    private static bool SameBytes(string desired, string live)
    {
        try
        {
            return Convert.FromBase64String(desired).AsSpan().SequenceEqual(Convert.FromBase64String(live));
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
