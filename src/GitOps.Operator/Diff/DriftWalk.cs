using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Model;

namespace GitOps.Operator.Diff;

/// <summary>One comparison along a field set; collects the fields that differ.</summary>
internal sealed class DriftWalk
{
    private readonly FieldOwners _owners;
    private readonly bool _trustOwned;
    private readonly bool _isTyped;
    private readonly SortedDictionary<string, (FieldPath Path, JsonNode? Desired, JsonNode? Live)> _found = new(StringComparer.Ordinal);

    /// <param name="owners">Of the live object.</param>
    /// <param name="trustOwned">Whether a value is not looked at while we own it.</param>
    /// <param name="isTyped">Whether the server leaves zero values out.</param>
    public DriftWalk(FieldOwners owners, bool trustOwned, bool isTyped)
    {
        _owners = owners;
        _trustOwned = trustOwned;
        _isTyped = isTyped;
    }

    /// <summary>What differs, sorted by path.</summary>
    public ImmutableArray<FieldDiff> Found(FieldDiffFactory describe) =>
        [.. _found.Values.Take(DriftExplainer.MaxFields).Select(found => describe.Make(found.Path, found.Desired, found.Live, _owners.Of(found.Path)))];

    public void Compare(FieldSet set, JsonObject desired, JsonObject live, DriftExplainer.Parts parts)
    {
        var context = FieldContext.Root(desired);
        foreach (var (element, isMember, below) in set.Entries)
        {
            var part = element.Text == "f:metadata" ? DriftExplainer.Parts.Metadata : DriftExplainer.Parts.Values;
            if ((parts & part) != DriftExplainer.Parts.None)
            {
                Field(new(FieldPath.Root, _owners.Own, context), element, isMember, below, desired, live);
            }
        }
    }

    /// <summary>Fields under our name that the desired object does not have: somebody else applied them.</summary>
    /// <param name="desired">The desired object, or the server's answer to its apply.</param>
    /// <param name="live">The live object.</param>
    /// <param name="byValue">Whether a value that both have is compared too.</param>
    public void CompareExtra(JsonObject desired, JsonObject live, bool byValue) =>
        Extra(FieldPath.Root, _owners.Own, desired, live, byValue);

    private static Place Below(Place place, PathElement element) =>
        new(place.Path.Append(element), place.Own.Below(element).Children, place.Context.Below(element));

    private void Field(Place parent, PathElement element, bool isMember, FieldSet below, JsonNode? desired, JsonNode? live)
    {
        if (element.Kind == PathElementKind.Value)
        {
            SetItem(parent, element, live);
            return;
        }

        var (value, found) = element.Kind == PathElementKind.Key
            ? (ListKey.Of(element.Text).BestOf(desired as JsonArray), Keyed(element, live as JsonArray))
            : (OwnedValues.Member(desired, element.Text), OwnedValues.Member(live, element.Text));
        var place = Below(parent, element);
        if (below.IsEmpty)
        {
            Leaf(place, parent.Own.Below(element).IsMember, value, found);
            return;
        }

        if (found is null)
        {
            var isOwned = below.Except(place.Own).IsEmpty && (!isMember || element.Kind != PathElementKind.Key || parent.Own.Below(element).IsMember);
            if (!(isOwned && _trustOwned) && !(_isTyped && !HasLost(place, below) && AllOmitted(value)))
            {
                Report(place.Path, value, live: null);
            }

            return;
        }

        foreach (var (next, nextIsMember, nextBelow) in below.Entries)
        {
            Field(place, next, nextIsMember, nextBelow, value, found);
        }

        if (value is JsonArray items && found is JsonArray others && IsReordered(below, items, others))
        {
            Report(place.Path, Order(below, items), Order(below, others));
        }
    }

    private void Leaf(Place place, bool isOwned, JsonNode? desired, JsonNode? live)
    {
        if (isOwned && _trustOwned)
        {
            return;
        }

        if (EmptyLeaves.IsEmpty(desired))
        {
            EmptyLeaf(place.Path, isOwned, desired, live);
            return;
        }

        if (live is null)
        {
            var isLost = _owners.HasOwn && !isOwned;
            if (isLost || !_isTyped || !SemanticEquality.IsOmitted(desired, live))
            {
                Report(place.Path, desired, live: null);
            }

            return;
        }

        var exact = !isOwned && _owners.IsValueOfAnother(place.Path);
        if (!SemanticEquality.AreEqual(desired, live, place.Context, exact))
        {
            Report(place.Path, desired, live);
        }
    }

    // Judged by ownership alone: what others put below it is theirs.
    private void EmptyLeaf(FieldPath path, bool isOwned, JsonNode? desired, JsonNode? live)
    {
        if (isOwned)
        {
            return;
        }

        if (live is null)
        {
            if (desired is not null && _owners.HasOwn)
            {
                Report(path, desired, live: null);
            }
        }
        else if (!EmptyLeaves.IsEmpty(live) && _owners.IsValueOfAnother(path))
        {
            Report(path, desired, live);
        }
    }

    private void SetItem(Place list, PathElement element, JsonNode? live)
    {
        if (!(list.Own.Below(element).IsMember && _trustOwned) && !element.TryStep(live, out _))
        {
            Report(list.Path.Append(element), KubernetesJson.Parse(element.Content), live: null);
        }
    }

    private bool HasLost(Place place, FieldSet below) => _owners.HasOwn && !below.Except(place.Own).IsEmpty;

    private static bool AllOmitted(JsonNode? value) =>
        value is JsonObject fields && fields.All(static field => EmptyLeaves.IsEmpty(field.Value)
            || SemanticEquality.IsOmitted(field.Value, live: null) || AllOmitted(field.Value));

    private static JsonNode? Keyed(PathElement element, JsonArray? items)
    {
        var key = ListKey.Of(element.Text);
        return items?.FirstOrDefault(key.IsKeyOf);
    }

    private static bool IsReordered(FieldSet keys, JsonArray desired, JsonArray live)
    {
        var last = -1;
        var positions = keys.Entries
            .Where(static entry => entry.Element.Kind == PathElementKind.Key)
            .Select(static entry => entry.Element)
            .Select(element => (
                Desired: ListKey.Of(element.Text).BestOf(desired) is { } item ? desired.IndexOf(item) : -1,
                Live: Keyed(element, live) is { } found ? live.IndexOf(found) : -1))
            .Where(static position => position is { Desired: >= 0, Live: >= 0 })
            .OrderBy(static position => position.Desired);
        foreach (var (_, position) in positions)
        {
            if (position < last)
            {
                return true;
            }

            last = position;
        }

        return false;
    }

    private void Extra(FieldPath parent, FieldSet owned, JsonNode? desired, JsonNode? live, bool byValue)
    {
        foreach (var (element, isMember, below) in owned.Entries)
        {
            var path = parent.Append(element);
            if (!element.TryStep(live, out var found) || found is null)
            {
                continue;
            }

            JsonNode? value = null;
            var isDesired = element.Kind == PathElementKind.Key
                ? (value = ListKey.Of(element.Text).BestOf(desired as JsonArray)) is not null
                : element.TryStep(desired, out value);
            if (isMember && (!isDesired || (byValue && below.IsEmpty && !JsonNode.DeepEquals(value, found))))
            {
                Report(path, value, found);
            }
            else
            {
                Extra(path, below, value, found, byValue);
            }
        }
    }

    // Of a list whose items only changed places, their keys say all.
    private static JsonArray Order(FieldSet keys, JsonArray items) =>
    [
        .. keys.Entries
            .Where(static entry => entry.Element.Kind == PathElementKind.Key)
            .Select(entry => (Keys: KubernetesJson.ParseObject(entry.Element.Content), At: ListKey.Of(entry.Element.Text).BestOf(items) is { } item ? items.IndexOf(item) : -1))
            .Where(static entry => entry.At >= 0)
            .OrderBy(static entry => entry.At)
            .Select(static entry => entry.Keys.Count == 1 ? entry.Keys.GetAt(0).Value?.DeepClone() : entry.Keys),
    ];

    private void Report(FieldPath path, JsonNode? desired, JsonNode? live) => _found.TryAdd(path.ToString(), (path, desired, live));

    /// <summary>Where the walk is: the path, what we own below it, and what values mean here.</summary>
    private sealed record Place(FieldPath Path, FieldSet Own, FieldContext Context);
}
