using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Diff;

/// <summary>
/// Whether a value of a manifest is the value that the server has, seen without a schema: numbers by value, null as absent,
/// quantities by amount where a path can hold one.
/// </summary>
internal static class SemanticEquality
{
    /// <param name="desired">From the manifest.</param>
    /// <param name="live">From the server.</param>
    /// <param name="quantities">Whether strings may be quantities here.</param>
    /// <param name="exact">
    /// False: the server may have added members (defaults) to objects. True: it may not; somebody owns this value as a whole.
    /// </param>
    public static bool AreEqual(JsonNode? desired, JsonNode? live, bool quantities, bool exact)
    {
        switch (desired)
        {
            case null:
                return live is null;
            case JsonObject fields:
                return live is JsonObject found
                    && fields.All(field => IsOmitted(field.Value, found[field.Key])
                        || AreEqual(field.Value, found[field.Key], quantities || MayHoldQuantity(field.Key), exact))
                    && (!exact || found.All(field => field.Value is null || fields.ContainsKey(field.Key)));
            case JsonArray items:
                if (live is not JsonArray others || others.Count != items.Count)
                {
                    return false;
                }

                for (var i = 0; i < items.Count; i++)
                {
                    if (!AreEqual(items[i], others[i], quantities, exact))
                    {
                        return false;
                    }
                }

                return true;
            default:
                return live is JsonValue value && Scalars((JsonValue)desired, value, quantities);
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

    /// <summary>Whether what stands below this field can be a quantity. Data of the user is never one.</summary>
    public static bool MayHoldQuantity(string field) => field is "limits" or "requests" or "capacity" or "hard" or "default"
        or "defaultRequest" or "max" or "min" or "maxLimitRequestRatio" or "podFixed" or "sizeLimit" or "divisor"
        or "averageValue" or "target";

    private static bool Scalars(JsonValue desired, JsonValue live, bool quantities)
    {
        var (kind, liveKind) = (desired.GetValueKind(), live.GetValueKind());
        return (kind, liveKind) switch
        {
            (JsonValueKind.String, JsonValueKind.String) => Texts(desired.GetValue<string>(), live.GetValue<string>(), quantities),
            (JsonValueKind.Number, JsonValueKind.Number) =>
                CanonicalNumber.AreEqual(KubernetesJson.ToText(desired), KubernetesJson.ToText(live)),
            (JsonValueKind.Number, JsonValueKind.String) =>
                quantities && Quantity.AreEqual(KubernetesJson.ToText(desired), live.GetValue<string>()),
            _ => kind == liveKind,
        };
    }

    private static bool Texts(string desired, string live, bool quantities) =>
        desired == live || (quantities && Quantity.AreEqual(desired, live));
}
