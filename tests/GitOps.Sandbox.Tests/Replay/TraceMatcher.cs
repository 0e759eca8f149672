using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tests.Replay;

/// <summary>
/// Compares answers with what was recorded. The placeholders <c>&lt;uid#n&gt;</c> and <c>&lt;rv#n&gt;</c> stand for one value
/// each over a whole trace, and no two of them for the same; <c>&lt;time&gt;</c>, <c>&lt;continue&gt;</c> and <c>&lt;any&gt;</c> for
/// any value. A <c>*</c> in an ignored pointer stands for every index.
/// </summary>
public sealed partial class TraceMatcher
{
    private Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Every difference, by JSON pointer; none: what was learnt about placeholders is kept.</summary>
    /// <param name="expected">As recorded.</param>
    /// <param name="actual">As answered.</param>
    /// <param name="isSubset">Whether more than was recorded may be there.</param>
    /// <param name="ignored">JSON pointers that are left out on both sides.</param>
    public IReadOnlyList<string> Compare(JsonNode? expected, JsonNode? actual, bool isSubset, IReadOnlySet<string> ignored)
    {
        var before = new Dictionary<string, string>(_values, StringComparer.Ordinal);
        var differences = new List<string>();
        var isFailure = expected is JsonObject fields && KubernetesObject.GetString(fields, "kind") == "Status"
            && KubernetesObject.GetString(fields, "status") == "Failure";
        Compare(string.Empty, expected, actual, new(isSubset, isFailure, ignored, differences));
        if (differences.Count > 0)
        {
            _values = before;
        }

        return differences;
    }

    private static string Text(JsonNode? node) => KubernetesJson.ToText(node);

    private static bool IsAny(JsonNode? expected) => expected is JsonValue value && value.TryGetValue(out string? text) && text == "<any>";

    private static bool IsIgnored(string pointer, Comparison comparison) =>
        comparison.Ignored.Contains(pointer) || (comparison.Ignored.Count > 0 && comparison.Ignored.Contains(Index().Replace(pointer, "/*")));

    private static IReadOnlyList<string> Causes(JsonNode? causes) => causes is JsonArray items
        ? [.. items.OfType<JsonObject>().Select(static cause =>
            $"{KubernetesObject.GetString(cause, "reason")} {KubernetesObject.GetString(cause, "field")}").Order(StringComparer.Ordinal)]
        : [];

    private void Compare(string pointer, JsonNode? expected, JsonNode? actual, Comparison comparison)
    {
        if (IsIgnored(pointer, comparison) || IsAny(expected) || (comparison.IsFailure && pointer == "/message"))
        {
            return;
        }

        if (comparison.IsFailure && pointer == "/details/causes")
        {
            if (!Causes(expected).SequenceEqual(Causes(actual), StringComparer.Ordinal))
            {
                comparison.Differences.Add($"{pointer}: expected {Text(expected)}, got {Text(actual)}");
            }

            return;
        }

        switch (expected, actual)
        {
            case (JsonObject left, JsonObject right):
                CompareFields(pointer, left, right, comparison);
                break;
            case (JsonArray left, JsonArray right):
                CompareItems(pointer, left, right, comparison);
                break;
            case (JsonValue left, JsonValue right) when left.TryGetValue(out string? placeholder) && right.TryGetValue(out string? text):
                if (!MatchesText(placeholder, text))
                {
                    comparison.Differences.Add($"{pointer}: expected {placeholder} ({_values.GetValueOrDefault(placeholder)}), got {text}");
                }

                break;
            default:
                if (!JsonNode.DeepEquals(expected, actual))
                {
                    comparison.Differences.Add($"{pointer}: expected {Text(expected)}, got {Text(actual)}");
                }

                break;
        }
    }

    private void CompareFields(string pointer, JsonObject expected, JsonObject actual, Comparison comparison)
    {
        foreach (var (name, value) in expected)
        {
            var below = $"{pointer}/{name}";
            if (actual.TryGetPropertyValue(name, out var answered))
            {
                Compare(below, value, answered, comparison);
            }
            else if (!IsIgnored(below, comparison))
            {
                comparison.Differences.Add($"{below}: missing, expected {Text(value)}");
            }
        }

        if (comparison.IsSubset)
        {
            return;
        }

        foreach (var (name, value) in actual)
        {
            if (!expected.ContainsKey(name) && !IsIgnored($"{pointer}/{name}", comparison))
            {
                comparison.Differences.Add($"{pointer}/{name}: unexpected {Text(value)}");
            }
        }
    }

    private void CompareItems(string pointer, JsonArray expected, JsonArray actual, Comparison comparison)
    {
        if (expected.Count > actual.Count || (expected.Count != actual.Count && !comparison.IsSubset))
        {
            comparison.Differences.Add($"{pointer}: expected {expected.Count} items, got {actual.Count}: {Text(actual)}");
            return;
        }

        for (var i = 0; i < expected.Count; i++)
        {
            Compare($"{pointer}/{i}", expected[i], actual[i], comparison);
        }
    }

    private bool MatchesText(string expected, string actual)
    {
        if (expected is "<time>" or "<continue>")
        {
            return actual.Length > 0;
        }

        if (!Placeholder().IsMatch(expected))
        {
            return expected == actual;
        }

        if (_values.TryGetValue(expected, out var known))
        {
            return known == actual;
        }

        var kind = expected[..expected.IndexOf('#', StringComparison.Ordinal)];
        if (actual.Length == 0 || _values.Any(other => other.Key.StartsWith(kind, StringComparison.Ordinal) && other.Value == actual))
        {
            return false;
        }

        _values[expected] = actual;
        return true;
    }

    [GeneratedRegex("/[0-9]+(?=/|$)")]
    private static partial Regex Index();

    [GeneratedRegex("^<(uid|rv)#[0-9]+>$")]
    private static partial Regex Placeholder();

    private sealed record Comparison(
        bool IsSubset, bool IsFailure, IReadOnlySet<string> Ignored, List<string> Differences);
}
