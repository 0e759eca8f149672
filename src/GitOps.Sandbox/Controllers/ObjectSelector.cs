using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers;

/// <summary>A selector as it stands in a workload: matchLabels and matchExpressions. One without terms selects nothing.</summary>
internal sealed class ObjectSelector
{
    private readonly List<(string Key, string Operator, List<string> Values)> _terms = [];

    private ObjectSelector(IEnumerable<KeyValuePair<string, JsonNode?>> labels, JsonNode? expressions)
    {
        foreach (var (key, value) in labels)
        {
            _terms.Add((key, "In", [value?.GetValue<string>() ?? string.Empty]));
        }

        foreach (var expression in Fields.Items(expressions))
        {
            var values = (expression["values"] as JsonArray ?? []).Select(static value => value?.GetValue<string>() ?? string.Empty).ToList();
            _terms.Add((Fields.Text(expression, "key"), Fields.Text(expression, "operator"), values));
        }
    }

    public bool IsEmpty => _terms.Count == 0;

    /// <summary>The selector of a workload, in its spec.</summary>
    public static ObjectSelector Of(KubernetesObject workload) =>
        new(workload.Part("spec", "selector", "matchLabels") ?? [], workload.At("spec", "selector", "matchExpressions"));

    /// <summary>The plain labels that a Service selects by.</summary>
    public static ObjectSelector OfLabels(JsonObject? labels) => new(labels ?? [], null);

    public bool Matches(LabelSet labels) => !IsEmpty && _terms.TrueForAll(term => Holds(term, labels.Find(term.Key)));

    private static bool Holds((string Key, string Operator, List<string> Values) term, string? value) => term.Operator switch
    {
        "In" => value is not null && term.Values.Contains(value),
        "NotIn" => value is null || !term.Values.Contains(value),
        "Exists" => value is not null,
        _ => value is null,
    };
}
