using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Apply;

/// <summary>Which fields differ between two values of one type. No field is in two of the sets.</summary>
internal sealed record TypedComparison(FieldSet Added, FieldSet Modified, FieldSet Removed)
{
    private static readonly TypedComparison Same = new(FieldSet.Empty, FieldSet.Empty, FieldSet.Empty);

    public static TypedComparison Of(JsonObject before, JsonObject after, TypeSchema type)
    {
        var difference = Fields(before, after, type);
        return difference.IsNone ? Same : new(difference.Added, difference.Modified, difference.Removed);
    }

    public TypedComparison Filter(Func<FieldSet, FieldSet> filter) =>
        ReferenceEquals(this, Same) ? this : new(filter(Added), filter(Modified), filter(Removed));

    private static Difference Compare(Slot before, Slot after, TypeSchema type)
    {
        if (!after.Exists)
        {
            return Handle(TypedValues.ShapeOf(type, before.Node), before, after, type);
        }

        var shape = TypedValues.ShapeOf(type, after.Node);
        if (!before.Exists || before.IsNull || after.IsNull || type.Shape != SchemaShape.Any)
        {
            shape = after.IsNull && before.Exists ? TypedValues.ShapeOf(type, before.Node) : shape;
            return Handle(shape, before, after, type);
        }

        var former = TypedValues.ShapeOf(type, before.Node);
        return former == shape
            ? Handle(shape, before, after, type)
            : Handle(former, before, after, type).Union(Handle(shape, before, after, type));
    }

    private static Difference Handle(SchemaShape shape, Slot before, Slot after, TypeSchema type)
    {
        switch (shape)
        {
            case SchemaShape.Object:
                var (left, right) = (before.Node as JsonObject, after.Node as JsonObject);
                return type.IsAtomic || (left is null or { Count: 0 } && right is null or { Count: 0 })
                    ? Leaf(before, after)
                    : Container(before, after, Fields(left, right, type));
            case SchemaShape.List:
                var (first, second) = (before.Node as JsonArray, after.Node as JsonArray);
                return !TypedValues.IsAssociative(type) || (first is null or { Count: 0 } && second is null or { Count: 0 })
                    ? Leaf(before, after)
                    : Container(before, after, Items(first, second, type));
            default:
                return Leaf(before, after);
        }
    }

    private static Difference Leaf(Slot before, Slot after) =>
        !before.Exists ? Difference.AddedSelf
        : !after.Exists ? Difference.RemovedSelf
        : JsonNode.DeepEquals(before.Node, after.Node) ? Difference.None
        : Difference.ModifiedSelf;

    private static Difference Container(Slot before, Slot after, Difference below) => below with
    {
        IsAdded = !before.Exists,
        IsRemoved = before.Exists && !after.Exists,
    };

    private static Difference Fields(JsonObject? before, JsonObject? after, TypeSchema type)
    {
        var parts = new Parts();
        foreach (var (name, value) in before ?? [])
        {
            var child = Compare(Slot.Of(value), Slot.Member(after, name), TypedValues.ChildType(type, name));
            if (!child.IsNone)
            {
                parts.Add(TypedValues.Step(type, name), child);
            }
        }

        foreach (var (name, value) in after ?? [])
        {
            if (before is null || !before.ContainsKey(name))
            {
                parts.Add(TypedValues.Step(type, name), Compare(Slot.Absent, Slot.Of(value), TypedValues.ChildType(type, name)));
            }
        }

        return parts.ToDifference();
    }

    private static Difference Items(JsonArray? before, JsonArray? after, TypeSchema type)
    {
        var (former, latter) = (Index(before, type), Index(after, type));
        var parts = new Parts();
        var item = TypedValues.ItemType(type);
        foreach (var (element, left) in former)
        {
            var difference = latter.TryGetValue(element, out var right) ? Repeated(left, right, item) : Repeated(left, [], item);
            if (!difference.IsNone)
            {
                parts.Add(element, difference);
            }
        }

        foreach (var (element, right) in latter)
        {
            if (!former.ContainsKey(element))
            {
                parts.Add(element, Repeated([], right, item));
            }
        }

        return parts.ToDifference();
    }

    /// <summary>Items of one name: one on each side as a rule. Of names that stand there twice only the name is compared.</summary>
    private static Difference Repeated(List<JsonNode?> before, List<JsonNode?> after, TypeSchema item)
    {
        if (before.Count <= 1 && after.Count <= 1)
        {
            return Compare(
                before.Count == 0 ? Slot.Absent : Slot.Of(before[0]), after.Count == 0 ? Slot.Absent : Slot.Of(after[0]), item);
        }

        if (before.Count > 1 && after.Count > 1)
        {
            return before.Count == after.Count && before.Zip(after).All(static pair => JsonNode.DeepEquals(pair.First, pair.Second))
                ? Difference.None
                : Difference.ModifiedSelf;
        }

        if (before.Count > 1)
        {
            var added = after.Count == 0 ? Difference.None : Compare(Slot.Absent, Slot.Of(after[0]), item);
            return added.Union(Difference.RemovedSelf);
        }

        var removed = before.Count == 0 ? Difference.None : Compare(Slot.Of(before[0]), Slot.Absent, item);
        return removed.Union(Difference.AddedSelf);
    }

    private static Dictionary<PathElement, List<JsonNode?>> Index(JsonArray? items, TypeSchema type)
    {
        var index = new Dictionary<PathElement, List<JsonNode?>>(items?.Count ?? 0);
        foreach (var item in items ?? [])
        {
            if (!TypedValues.TryNameItem(type, item, out var element, out _))
            {
                continue;
            }

            if (index.TryGetValue(element, out var same))
            {
                same.Add(item);
            }
            else
            {
                index[element] = [item];
            }
        }

        return index;
    }

    /// <summary>The difference at one place: of the value itself, and of what is below it.</summary>
    private readonly record struct Difference(
        bool IsAdded, bool IsModified, bool IsRemoved, FieldSet Added, FieldSet Modified, FieldSet Removed)
    {
        public static readonly Difference None = new(false, false, false, FieldSet.Empty, FieldSet.Empty, FieldSet.Empty);
        public static readonly Difference AddedSelf = None with { IsAdded = true };
        public static readonly Difference ModifiedSelf = None with { IsModified = true };
        public static readonly Difference RemovedSelf = None with { IsRemoved = true };

        public bool IsNone => !IsAdded && !IsModified && !IsRemoved && Added.IsEmpty && Modified.IsEmpty && Removed.IsEmpty;

        public Difference Union(Difference other) => new(
            IsAdded || other.IsAdded,
            IsModified || other.IsModified,
            IsRemoved || other.IsRemoved,
            Added.Union(other.Added),
            Modified.Union(other.Modified),
            Removed.Union(other.Removed));
    }

    /// <summary>Collects the differences of the members of one value.</summary>
    private struct Parts
    {
        private List<(PathElement, bool, FieldSet)>? _added;
        private List<(PathElement, bool, FieldSet)>? _modified;
        private List<(PathElement, bool, FieldSet)>? _removed;

        public void Add(PathElement element, Difference difference)
        {
            Add(ref _added, element, difference.IsAdded, difference.Added);
            Add(ref _modified, element, difference.IsModified, difference.Modified);
            Add(ref _removed, element, difference.IsRemoved, difference.Removed);
        }

        public readonly Difference ToDifference() => new(
            false,
            false,
            false,
            _added is null ? FieldSet.Empty : FieldSet.FromEntries(_added),
            _modified is null ? FieldSet.Empty : FieldSet.FromEntries(_modified),
            _removed is null ? FieldSet.Empty : FieldSet.FromEntries(_removed));

        private static void Add(ref List<(PathElement, bool, FieldSet)>? list, PathElement element, bool isMember, FieldSet children)
        {
            if (isMember || !children.IsEmpty)
            {
                (list ??= []).Add((element, isMember, children));
            }
        }
    }
}
