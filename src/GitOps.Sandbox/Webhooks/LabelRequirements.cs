using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;

namespace GitOps.Sandbox.Webhooks;

/// <summary>A selector as objects hold it: matchLabels and matchExpressions, all of which must hold.</summary>
internal sealed class LabelRequirements
{
    public static readonly LabelRequirements Everything = new([]);

    private readonly ImmutableArray<Requirement> _requirements;

    private LabelRequirements(ImmutableArray<Requirement> requirements) => _requirements = requirements;

    public bool IsEmpty => _requirements.IsEmpty;

    /// <param name="selector">Null selects everything.</param>
    public static LabelRequirements Read(JsonObject? selector) => new(
    [
        .. (selector.Object("matchLabels") ?? []).Select(static label => new Requirement(label.Key, "In", [label.Value?.ToString() ?? string.Empty])),
        .. selector.Objects("matchExpressions").Select(static expression => new Requirement(
            expression.Text("key") ?? string.Empty,
            expression.Text("operator") ?? string.Empty,
            [.. (expression["values"] as JsonArray ?? []).Select(static value => value?.ToString() ?? string.Empty)])),
    ]);

    public bool Matches(JsonObject? labels)
    {
        foreach (var requirement in _requirements)
        {
            if (!requirement.Matches(labels))
            {
                return false;
            }
        }

        return true;
    }

    private sealed record Requirement(string Key, string Operator, ImmutableArray<string> Values)
    {
        public bool Matches(JsonObject? labels)
        {
            var value = KubernetesObject.GetString(labels, Key);
            return Operator switch
            {
                "In" => value is not null && Values.Contains(value, StringComparer.Ordinal),
                "NotIn" => value is null || !Values.Contains(value, StringComparer.Ordinal),
                "Exists" => value is not null,
                "DoesNotExist" => value is null,
                _ => false,
            };
        }
    }
}
