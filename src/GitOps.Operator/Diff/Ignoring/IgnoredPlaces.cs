using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Api;
using GitOps.Operator.Model.Ignoring;

namespace GitOps.Operator.Diff.Ignoring;

/// <summary>
/// Where the rules are about one object: the places in it that they ignore. What says which object this is, and our own marks
/// on it, are never among them.
/// </summary>
internal static class IgnoredPlaces
{
    private static readonly ImmutableArray<ImmutableArray<JsonStep>> Kept =
    [
        .. ((string[][])
        [
            ["apiVersion"], ["kind"], ["metadata", "name"], ["metadata", "namespace"], ["metadata", "uid"], ["metadata", "resourceVersion"],
            ["metadata", "generation"], ["metadata", "managedFields"], ["metadata", "deletionTimestamp"],
            ["metadata", "labels", Names.ApplicationLabel], ["metadata", "annotations", Names.TrackingIdAnnotation],
        ]).Select(static path => path.Select(JsonStep.Field).ToImmutableArray()),
    ];

    /// <param name="rules">Those that are about the object.</param>
    /// <param name="subject">The object: what is live, or what is desired.</param>
    public static PathTree Find(IEnumerable<IgnoreRule> rules, KubernetesObject subject)
    {
        var tree = new PathTree();
        foreach (var rule in rules)
        {
            foreach (var pointer in rule.Pointers)
            {
                if (pointer.Find(subject.Json) is { } path)
                {
                    Add(tree, path, subject.Json);
                }
            }

            foreach (var expression in rule.Expressions)
            {
                // One that this object stops names nothing in it.
                var found = new List<ImmutableArray<JsonStep>>();
                if (expression.Find(subject.Json, found.Add) is null)
                {
                    found.ForEach(path => Add(tree, path, subject.Json));
                }
            }

            if (!rule.Managers.IsEmpty)
            {
                foreach (var entry in ManagedFieldsEntry.Of(subject).Where(entry => rule.Managers.Contains(entry.Manager, StringComparer.Ordinal)))
                {
                    AddOwned(tree, entry.Fields, subject.Json, [], subject.Json);
                }
            }
        }

        return tree;
    }

    // A place around something that is kept is the places beside that.
    private static void Add(PathTree tree, ImmutableArray<JsonStep> path, JsonObject root)
    {
        if (!Kept.Any(kept => path.Length <= kept.Length && kept.AsSpan(0, path.Length).SequenceEqual(path.AsSpan())))
        {
            if (!Kept.Any(kept => path.Length > kept.Length && path.AsSpan(0, kept.Length).SequenceEqual(kept.AsSpan())))
            {
                tree.Add(path);
            }

            return;
        }

        if (!Kept.Any(kept => kept.AsSpan().SequenceEqual(path.AsSpan())) && At(root, path) is JsonObject fields)
        {
            foreach (var (name, _) in fields)
            {
                Add(tree, path.Add(JsonStep.Field(name)), root);
            }
        }
    }

    private static void AddOwned(PathTree tree, FieldSet owned, JsonNode? value, ImmutableArray<JsonStep> path, JsonObject root)
    {
        foreach (var (element, _, below) in owned.Entries)
        {
            if (Steps.Of(element, value) is not { } step)
            {
                continue;
            }

            if (below.IsEmpty)
            {
                Add(tree, path.Add(step), root);
            }
            else
            {
                AddOwned(tree, below, Steps.Take(value, step), path.Add(step), root);
            }
        }
    }

    private static JsonNode? At(JsonNode? root, ImmutableArray<JsonStep> path) => path.Aggregate(root, Steps.Take);
}
