using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Operator.Diff;

/// <summary>
/// The field set that an apply of the desired object gives, without a schema: what kind of list or map a field is, is read
/// from the sets of all managers of the live object. Where none of them knows, a list is taken as one value.
/// </summary>
internal static class PredictedSet
{
    private static readonly PathElement ByName = PathElement.Key([new("name", null)]);

    private static readonly string[] OwnableMetadata = ["annotations", "finalizers", "labels", "ownerReferences"];

    /// <param name="desired">What is applied.</param>
    /// <param name="structure">The union of the sets of all managers.</param>
    /// <param name="ours">Our set as it is now: an apply owns a map's object-valued entries themselves, an update every map.</param>
    public static FieldSet Of(JsonObject desired, FieldSet structure, FieldSet ours)
    {
        var paths = new FieldSet.Builder();
        var path = new List<PathElement>();
        foreach (var (name, value) in desired)
        {
            switch (name)
            {
                case "apiVersion" or "kind":
                    break;
                case "metadata":
                    path.Add(PathElement.Field(name));
                    var below = structure.Below(path[0]).Children;
                    var owned = ours.Below(path[0]).Children;
                    foreach (var member in OwnableMetadata)
                    {
                        if (value is JsonObject metadata && metadata.ContainsKey(member))
                        {
                            Add(paths, path, PathElement.Field(member), metadata[member], below, owned);
                        }
                    }

                    path.Clear();
                    break;
                default:
                    Add(paths, path, PathElement.Field(name), value, structure, ours);
                    break;
            }
        }

        return paths.Build();
    }

    private static void Add(FieldSet.Builder paths, List<PathElement> path, PathElement element, JsonNode? value, FieldSet parent, FieldSet ownParent)
    {
        var (isMember, structure) = parent.Below(element);
        var (isOwned, owned) = ownParent.Below(element);
        path.Add(element);
        switch (value)
        {
            case JsonObject { Count: > 0 } fields when !(isMember && structure.IsEmpty):
                if (isOwned)
                {
                    paths.Add([.. path]);
                }

                foreach (var (name, member) in fields)
                {
                    Add(paths, path, PathElement.Field(name), member, structure, owned);
                }

                break;
            case JsonArray { Count: > 0 } items when structure.Entries.Any(static entry => entry.Element.Kind == PathElementKind.Key)
                || (structure.IsEmpty && !isMember && AreNamed(items)):
                foreach (var (key, item) in Keyed(items, structure))
                {
                    path.Add(key);
                    paths.Add([.. path]);
                    var (below, ownBelow) = (structure.Below(key).Children, owned.Below(key).Children);
                    foreach (var (name, member) in item)
                    {
                        Add(paths, path, PathElement.Field(name), member, below, ownBelow);
                    }

                    path.RemoveAt(path.Count - 1);
                }

                break;
            case JsonArray { Count: > 0 } items when structure.Entries.Any(static entry => entry.Element.Kind == PathElementKind.Value):
                foreach (var item in items)
                {
                    paths.Add([.. path, PathElement.Value(item)]);
                }

                break;
            default:
                paths.Add([.. path]);
                break;
        }

        path.RemoveAt(path.Count - 1);
    }

    /// <summary>
    /// The items by their keys. An item that no manager's set names (any more) gets the keys that its siblings have, as far as
    /// the manifest spells them.
    /// </summary>
    private static IEnumerable<(PathElement Key, JsonObject Item)> Keyed(JsonArray items, FieldSet structure)
    {
        var known = structure.Entries
            .Where(static entry => entry.Element.Kind == PathElementKind.Key)
            .Select(static entry => (entry.Element, Key: ListKey.Of(entry.Element.Text)))
            .ToList();
        foreach (var item in items.OfType<JsonObject>())
        {
            var named = known.Where(candidate => ReferenceEquals(candidate.Key.BestOf(items), item)).ToList();
            // `port: 53` alone means TCP, whoever else has 53/UDP beside it.
            var best = named.Count <= 1
                ? named.FirstOrDefault().Element
                : named.OrderByDescending(candidate => candidate.Key.MatchesOf(item))
                    .ThenByDescending(static candidate => candidate.Element.Text.Contains("\"TCP\"", StringComparison.Ordinal))
                    .First().Element;
            yield return (best.Text is null ? Spelled(item, items, [.. known.Select(static candidate => candidate.Element)]) : best, item);
        }
    }

    // Of a list that no manager has anything of (managedFields was reset) nearly all that have names are keyed by them.
    private static bool AreNamed(JsonArray items) =>
        items.All(static item => item is JsonObject fields && KubernetesObject.GetString(fields, "name") is { Length: > 0 })
        && items.Select(static item => (string)item!["name"]!).Distinct(StringComparer.Ordinal).Count() == items.Count;

    private static PathElement Spelled(JsonObject item, JsonArray items, List<PathElement> siblings)
    {
        var keys = new List<KeyValuePair<string, JsonNode?>>();
        foreach (var (name, _) in KubernetesJson.ParseObject((siblings.Count > 0 ? siblings[0] : ByName).Content))
        {
            if (item[name] is JsonValue value)
            {
                keys.Add(new(name, value));
            }
            else if (Default(name, items, siblings) is { } byDefault)
            {
                keys.Add(new(name, byDefault));
            }
        }

        return PathElement.Key(keys);
    }

    // What the server gave to a sibling that leaves the key out as well.
    private static JsonNode? Default(string name, JsonArray items, List<PathElement> siblings) =>
        siblings
            .Where(sibling => ListKey.Of(sibling.Text).BestOf(items) is JsonObject item && !item.ContainsKey(name))
            .Select(sibling => KubernetesJson.ParseObject(sibling.Content)[name])
            .FirstOrDefault() ?? (name == "protocol" ? JsonValue.Create("TCP") : null);
}
