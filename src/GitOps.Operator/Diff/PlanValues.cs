using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Api;

namespace GitOps.Operator.Diff;

/// <summary>
/// The values of a field that a sync would change, as far as people may see them: nothing of a Secret, nothing under a name
/// that sounds like one (a password, a token, a key), and no more of the rest than fits a line. Pure.
/// </summary>
internal static partial class PlanValues
{
    public const string Hidden = "(hidden)";

    private const int MaxValue = 128;
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    public static PlanField Of(ObjectKey key, FieldPath path, KubernetesObject live, KubernetesObject desired)
    {
        var hides = key is { Group: "", Kind: "Secret" } || path.Elements.Any(static element => SoundsSecret(element.Content));
        return new()
        {
            Path = path.ToString(),
            From = path.TryGet(live.Json, out var from) ? Show(from, hides) : null,
            To = path.TryGet(desired.Json, out var to) ? Show(to, hides) : null,
        };
    }

    private static string Show(JsonNode? value, bool hides)
    {
        if (hides)
        {
            return Hidden;
        }

        var text = value is JsonObject or JsonArray ? KubernetesJson.ToText(Masked(value.DeepClone())) : KubernetesJson.ToText(value);
        if (text.Length <= MaxValue)
        {
            return text;
        }

        var end = char.IsHighSurrogate(text[MaxValue - 2]) ? MaxValue - 2 : MaxValue - 1;
        return text[..end] + "…";
    }

    private static JsonNode? Masked(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject fields:
                // An item such as {name: DB_PASSWORD, value: …} says in one field what the other is.
                var isNamedSo = SoundsSecret(KubernetesObject.GetString(fields, "name") ?? string.Empty) && fields.ContainsKey("value");
                foreach (var name in fields.Select(static field => field.Key).ToList())
                {
                    if (SoundsSecret(name) || (isNamedSo && name == "value"))
                    {
                        fields[name] = Hidden;
                    }
                    else
                    {
                        Masked(fields[name]);
                    }
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    Masked(item);
                }

                break;
            default:
                break;
        }

        return node;
    }

    private static bool SoundsSecret(string name) => name.Contains(LastApplied, StringComparison.Ordinal) || Secret().IsMatch(name);

    [GeneratedRegex("passw(or)?d|passphrase|token|secret|credential|api[-_.]?key|private[-_.]?key|access[-_.]?key", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Secret();
}
