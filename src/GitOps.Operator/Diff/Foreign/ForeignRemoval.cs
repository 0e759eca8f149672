using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model.Ignoring;

namespace GitOps.Operator.Diff.Foreign;

/// <summary>The JSON patch (RFC 6902) that takes just these fields away, from just the object that was looked at.</summary>
internal static class ForeignRemoval
{
    public static JsonArray Patch(KubernetesObject live, IEnumerable<ForeignField> fields)
    {
        var patch = new JsonArray(new JsonObject { ["op"] = "test", ["path"] = "/metadata/resourceVersion", ["value"] = live.ResourceVersion });
        // The last items first, so that no removal moves what is still to go.
        foreach (var field in fields.OrderDescending(Comparer<ForeignField>.Create(static (left, right) => Compare(left.Place, right.Place))))
        {
            patch.Add((JsonNode)new JsonObject { ["op"] = "remove", ["path"] = Pointer(field.Place) });
        }

        return patch;
    }

    /// <summary>The fields that such a patch changes: not what the server puts back, which is how things are anyway.</summary>
    /// <param name="live">The object that was looked at.</param>
    /// <param name="answer">The server's answer to the patch.</param>
    /// <param name="fields">What was to go.</param>
    public static ImmutableArray<ForeignField> Effective(KubernetesObject live, KubernetesObject answer, ImmutableArray<ForeignField> fields) =>
        fields.RemoveAll(field => field.Path.TryGet(answer.Json, out var after) && field.Path.TryGet(live.Json, out var before) && JsonNode.DeepEquals(before, after));

    private static string Pointer(ImmutableArray<JsonStep> place) => string.Concat(place.Select(static step =>
        "/" + (step.Name?.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal) ?? step.Index.ToString(CultureInfo.InvariantCulture))));

    private static int Compare(ImmutableArray<JsonStep> left, ImmutableArray<JsonStep> right)
    {
        for (var i = 0; i < left.Length && i < right.Length; i++)
        {
            var order = string.CompareOrdinal(left[i].Name, right[i].Name);
            order = order != 0 ? order : left[i].Index.CompareTo(right[i].Index);
            if (order != 0)
            {
                return order;
            }
        }

        return left.Length.CompareTo(right.Length);
    }
}
