using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace GitOps.Kubernetes.Objects.Fields;

/// <summary>
/// An immutable set of field paths: the trie that <c>fieldsV1</c> of a managedFields entry holds. A path may be a member
/// itself (the <c>.</c> of the serialisation, or a leaf) and have members below it.
/// </summary>
public sealed class FieldSet : IEquatable<FieldSet>
{
    public static readonly FieldSet Empty = new([]);

    private readonly ImmutableArray<Node> _nodes;

    private FieldSet(ImmutableArray<Node> nodes) => _nodes = nodes;

    public bool IsEmpty => _nodes.IsEmpty;

    /// <summary>The first steps of all paths, sorted; whether the step itself is a member; what is below it.</summary>
    public IEnumerable<(PathElement Element, bool IsMember, FieldSet Children)> Entries =>
        _nodes.Select(static node => (node.Element, node.IsMember, node.Children));

    /// <summary>Reads <c>fieldsV1</c>.</summary>
    /// <exception cref="FormatException">It is not a serialised field set.</exception>
    public static FieldSet Parse(JsonObject fieldsV1)
    {
        var nodes = ImmutableArray.CreateBuilder<Node>(fieldsV1.Count);
        foreach (var (text, value) in fieldsV1)
        {
            if (text == ".")
            {
                continue;
            }

            var below = value as JsonObject ?? throw new FormatException($"a field set's member is an object: {text}");
            nodes.Add(new(PathElement.Parse(text), below.Count == 0 || below.ContainsKey("."), Parse(below)));
        }

        return Sorted(nodes);
    }

    public static FieldSet Of(params IEnumerable<FieldPath> paths)
    {
        var builder = new Builder();
        foreach (var path in paths)
        {
            builder.Add(path.Elements.AsSpan());
        }

        return builder.Build();
    }

    /// <summary>A set from its first steps; each step stands there once, in any order.</summary>
    public static FieldSet FromEntries(IReadOnlyCollection<(PathElement Element, bool IsMember, FieldSet Children)> entries)
    {
        if (entries.Count == 0)
        {
            return Empty;
        }

        var nodes = ImmutableArray.CreateBuilder<Node>(entries.Count);
        foreach (var (element, isMember, children) in entries)
        {
            nodes.Add(new(element, isMember, children));
        }

        return Sorted(nodes);
    }

    /// <summary>Every member.</summary>
    public IEnumerable<FieldPath> Paths() => Paths(FieldPath.Root);

    public bool Contains(FieldPath path)
    {
        var set = this;
        for (var i = 0; i < path.Elements.Length; i++)
        {
            if (!set.TryFind(path.Elements[i], out var node))
            {
                return false;
            }

            if (i == path.Elements.Length - 1)
            {
                return node.IsMember;
            }

            set = node.Children;
        }

        return false;
    }

    /// <summary>Whether the step is a member, and what is below it.</summary>
    public (bool IsMember, FieldSet Children) Below(PathElement element) =>
        TryFind(element, out var node) ? (node.IsMember, node.Children) : (false, Empty);

    public FieldSet Union(FieldSet other) =>
        IsEmpty || ReferenceEquals(this, other) ? other
        : other.IsEmpty ? this
        : Merge(this, other, static (left, right) => left || right);

    public FieldSet Intersect(FieldSet other) =>
        ReferenceEquals(this, other) ? this : Select(other, static (isMember, covered) => isMember && covered, static (below, others) =>
            below.Intersect(others));

    /// <summary>The members of this set that are not members of the other.</summary>
    public FieldSet Except(FieldSet other) =>
        ReferenceEquals(this, other) ? Empty : Select(other, static (isMember, covered) => isMember && !covered, static (below, others) =>
            below.Except(others));

    /// <summary>Whether every member of this set is one of the other.</summary>
    public bool IsSubsetOf(FieldSet other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        foreach (var node in _nodes)
        {
            var (isMember, children) = other.Below(node.Element);
            if ((node.IsMember && !isMember) || !node.Children.IsSubsetOf(children))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>As <see cref="Except"/>, and also without everything below a member of the other.</summary>
    public FieldSet ExceptBelow(FieldSet other)
    {
        if (IsEmpty || other.IsEmpty)
        {
            return this;
        }

        var nodes = ImmutableArray.CreateBuilder<Node>(_nodes.Length);
        foreach (var node in _nodes)
        {
            var (covered, below) = other.Below(node.Element);
            if (!covered)
            {
                nodes.Add(node with { Children = node.Children.ExceptBelow(below) });
            }
        }

        return Sorted(nodes);
    }

    public JsonObject ToJson() => ToJson(includeSelf: false);

    public bool Equals(FieldSet? other) => other is not null && _nodes.AsSpan().SequenceEqual(other._nodes.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as FieldSet);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var node in _nodes)
        {
            hash.Add(node);
        }

        return hash.ToHashCode();
    }

    public override string ToString() => KubernetesJson.ToText(ToJson());

    /// <summary>Some members of this set, depending on what the other has in their place; what does not change is shared.</summary>
    private FieldSet Select(FieldSet other, Func<bool, bool, bool> isMember, Func<FieldSet, FieldSet, FieldSet> below)
    {
        ImmutableArray<Node>.Builder? changed = null;
        for (var i = 0; i < _nodes.Length; i++)
        {
            var node = _nodes[i];
            var (covered, others) = other.Below(node.Element);
            var stays = isMember(node.IsMember, covered);
            var children = node.Children.IsEmpty ? Empty : below(node.Children, others);
            if (stays == node.IsMember && ReferenceEquals(children, node.Children))
            {
                changed?.Add(node);
                continue;
            }

            if (changed is null)
            {
                changed = ImmutableArray.CreateBuilder<Node>(_nodes.Length);
                changed.AddRange(_nodes.AsSpan(0, i));
            }

            changed.Add(new(node.Element, stays, children));
        }

        return changed is null ? this : Sorted(changed);
    }

    private static FieldSet Merge(FieldSet left, FieldSet right, Func<bool, bool, bool> isMember)
    {
        if (left.IsEmpty && right.IsEmpty)
        {
            return Empty;
        }

        var nodes = ImmutableArray.CreateBuilder<Node>();
        var (i, j) = (0, 0);
        while (i < left._nodes.Length || j < right._nodes.Length)
        {
            var order = i == left._nodes.Length ? 1
                : j == right._nodes.Length ? -1
                : left._nodes[i].Element.CompareTo(right._nodes[j].Element);
            var a = order <= 0 ? left._nodes[i++] : null;
            var b = order >= 0 ? right._nodes[j++] : null;
            nodes.Add(new(
                (a ?? b)!.Element,
                isMember(a?.IsMember ?? false, b?.IsMember ?? false),
                Merge(a?.Children ?? Empty, b?.Children ?? Empty, isMember)));
        }

        return Sorted(nodes);
    }

    private static FieldSet Sorted(ImmutableArray<Node>.Builder nodes)
    {
        var kept = 0;
        var isSorted = true;
        for (var i = 0; i < nodes.Count; i++)
        {
            var node = nodes[i];
            if (node.IsMember || !node.Children.IsEmpty)
            {
                isSorted &= kept == 0 || nodes[kept - 1].Element.CompareTo(node.Element) < 0;
                nodes[kept++] = node;
            }
        }

        if (kept == 0)
        {
            return Empty;
        }

        nodes.Count = kept;
        if (!isSorted)
        {
            nodes.Sort(static (left, right) => left.Element.CompareTo(right.Element));
        }

        return new(nodes.DrainToImmutable());
    }

    private IEnumerable<FieldPath> Paths(FieldPath prefix)
    {
        foreach (var node in _nodes)
        {
            var path = prefix.Append(node.Element);
            if (node.IsMember)
            {
                yield return path;
            }

            foreach (var below in node.Children.Paths(path))
            {
                yield return below;
            }
        }
    }

    private bool TryFind(PathElement element, out Node node)
    {
        var (low, high) = (0, _nodes.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = _nodes[middle].Element.CompareTo(element);
            if (order == 0)
            {
                node = _nodes[middle];
                return true;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        node = null!;
        return false;
    }

    private JsonObject ToJson(bool includeSelf)
    {
        var json = new JsonObject();
        if (includeSelf)
        {
            json["."] = new JsonObject();
        }

        foreach (var node in _nodes)
        {
            json[node.Element.Text] = node.Children.ToJson(includeSelf: node.IsMember && !node.Children.IsEmpty);
        }

        return json;
    }

    private sealed record Node(PathElement Element, bool IsMember, FieldSet Children);

    /// <summary>Collects paths, then makes the set once.</summary>
    public sealed class Builder
    {
        private readonly SortedDictionary<PathElement, Builder> _below = [];
        private bool _isMember;

        public void Add(ReadOnlySpan<PathElement> path)
        {
            var builder = this;
            foreach (var element in path)
            {
                if (!builder._below.TryGetValue(element, out var next))
                {
                    builder._below[element] = next = new();
                }

                builder = next;
            }

            builder._isMember = true;
        }

        public FieldSet Build()
        {
            var nodes = ImmutableArray.CreateBuilder<Node>(_below.Count);
            foreach (var (element, builder) in _below)
            {
                nodes.Add(new(element, builder._isMember, builder.Build()));
            }

            return Sorted(nodes);
        }
    }
}
