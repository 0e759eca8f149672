using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Schemas;

namespace GitOps.Manifests.Kustomize.Merging;

/// <summary>
/// Merges the items of a list by their keys. Keys that no item has do not count; of several keys some may be missing in an item,
/// which then is the same as one that has the others alike.
/// </summary>
internal sealed class ListMerge
{
    private static readonly string[] PlainValues = [string.Empty];

    private readonly StrategicMerge _merge;
    private readonly FieldSchema? _items;
    private readonly string[] _keys;

    public ListMerge(StrategicMerge merge, FieldSchema? items, string[] keys) => (_merge, _items, _keys) = (merge, items, keys.Length == 0 ? PlainValues : keys);

    private bool IsOfPlainValues => _keys[0].Length == 0;

    public Node? Walk(Node? target, Node? patch, string path)
    {
        var result = StrategicMerge.ListTarget(target, patch);
        if (result is not { Kind: NodeKind.List })
        {
            return result;
        }

        // Every item is compared with every other.
        var items = result.Items.Count + (patch is { Kind: NodeKind.List } ? (long)patch.Items.Count : 0);
        BuildWork.Spend(items * items);

        // A list that comes from the patch alone is merged with itself: directives below take effect.
        var identities = Identities(patch, result);
        if (identities.Count == 0)
        {
            return result;
        }

        var merged = Node.List();
        var lastKeys = _keys;
        foreach (var identity in identities.ToList())
        {
            var (keys, values) = Relevant(identities, identity);
            lastKeys = keys;
            var (ownKeys, ownValues) = Relevant([identity], identity);
            var value = _merge.Walk(Find(result, ownKeys, ownValues), Find(patch, ownKeys, ownValues), _items, path);
            if (StrategicMerge.IsMissing(value) || value is { Kind: NodeKind.Map, Fields.Count: 0 })
            {
                Put(result, null, keys, values);
                continue;
            }

            for (var i = 0; i < keys.Length && value!.Kind == NodeKind.Map; i++)
            {
                if (value.Get(keys[i]) is null && values[i].Length > 0)
                {
                    value.Set(keys[i], Node.String(values[i]));
                }
            }

            Put(merged, value, keys, values);
        }

        AppendRest(merged, result, lastKeys, path);
        result.Become(merged);
        return result;
    }

    /// <summary>The key values of all items, the patch's first, each once.</summary>
    private List<string[]> Identities(Node? patch, Node target)
    {
        var all = new List<string[]>();
        foreach (var list in new[] { patch, target })
        {
            foreach (var item in list is { Kind: NodeKind.List } ? list.Items : [])
            {
                string[] identity = IsOfPlainValues ? [item.Text] : [.. _keys.Select(key => TextOf(item, key))];
                if (!all.Exists(known => known.AsSpan().SequenceEqual(identity)))
                {
                    all.Add(identity);
                }
            }
        }

        if (_keys.Length > 1)
        {
            Unite(all);
        }

        return all;
    }

    private static string TextOf(Node item, string key) => item.Get(key) is { Kind: NodeKind.Scalar, IsEmpty: false } value ? value.Text : string.Empty;

    /// <summary>Identities that agree where both say something, and somewhere do, are the same.</summary>
    private static void Unite(List<string[]> all)
    {
        for (var i = 0; i < all.Count; i++)
        {
            var first = all[i];
            for (var j = 0; j < all.Count; j++)
            {
                if (United(first, all[j]) is { } united)
                {
                    all[i] = all[j] = united;
                }
            }
        }
    }

    private static string[]? United(string[] first, string[] second)
    {
        var result = new string[first.Length];
        var agrees = false;
        for (var i = 0; i < first.Length; i++)
        {
            if (first[i] == second[i])
            {
                agrees = true;
            }
            else if (first[i].Length > 0 && second[i].Length > 0)
            {
                return null;
            }

            result[i] = first[i].Length > 0 ? first[i] : second[i];
        }

        return agrees ? result : null;
    }

    private (string[] Keys, string[] Values) Relevant(List<string[]> identities, string[] identity)
    {
        var used = Enumerable.Range(0, _keys.Length).Where(i => identities.Exists(other => other[i].Length > 0)).ToList();
        return used.Count == 0
            ? (_keys, identity)
            : ([.. used.Select(i => _keys[i])], [.. used.Select(i => identity[i])]);
    }

    private Node? Find(Node? list, string[] keys, string[] values)
    {
        if (list is not { Kind: NodeKind.List })
        {
            return null;
        }

        return IsOfPlainValues
            ? list.Items.Find(item => item.Text == values[0])
            : list.Items.Find(item => item.Kind == NodeKind.Map && HasExactly(item, keys, values));
    }

    /// <summary>Puts an item in the place of those of its identity, or at the end; null takes them away.</summary>
    private void Put(Node list, Node? value, string[] keys, string[] values)
    {
        var items = new List<Node>(list.Items.Count + 1);
        var isFound = false;
        foreach (var item in list.Items)
        {
            if (item.IsNull || item is { Kind: NodeKind.Map, Fields.Count: 0 })
            {
                continue;
            }

            if (!IsSame(item))
            {
                if (values.Length > 0 || (item.Kind != NodeKind.Map && IsOfPlainValues))
                {
                    items.Add(item);
                }
            }
            else
            {
                isFound = true;
                if (value is not null)
                {
                    items.Add(value);
                }
            }
        }

        if (!isFound && value is not null)
        {
            items.Add(value);
        }

        list.Items.Clear();
        list.Items.AddRange(items);

        bool IsSame(Node item) => IsOfPlainValues
            ? item.Kind == NodeKind.Scalar && item.Text == values[0]
            : item.Kind == NodeKind.Map && values.Length > 0 && HasAll(item, keys, values);
    }

    /// <summary>Whether an item has the values; an empty one has to be there too.</summary>
    private static bool HasExactly(Node item, string[] keys, string[] values)
    {
        for (var i = 0; i < Math.Min(keys.Length, values.Length); i++)
        {
            if (item.Get(keys[i])?.Text != values[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether an item has the values; an empty one asks only for the field.</summary>
    private static bool HasAll(Node item, string[] keys, string[] values)
    {
        for (var i = 0; i < Math.Min(keys.Length, values.Length); i++)
        {
            if (item.Get(keys[i]) is not { } value || (values[i].Length > 0 && !(value.Kind == NodeKind.Scalar && value.Text == values[i])))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The object's own items follow those that the patch names, in their order.</summary>
    private void AppendRest(Node merged, Node rest, string[] keys, string path)
    {
        foreach (var item in rest.Items.ToList())
        {
            if (IsOfPlainValues)
            {
                Put(merged, item, keys, [item.Text]);
                continue;
            }

            if (item.Kind != NodeKind.Map && !item.IsNull)
            {
                throw new KustomizeException($"{path}: the items of the list are merged by {keys[0]}, and one of them is no map");
            }

            var values = new List<string>(keys.Length);
            foreach (var key in keys)
            {
                if (item.Get(key) is { } value)
                {
                    values.Add(value.Text);
                }
                else
                {
                    merged.Items.Add(item);
                }
            }

            if (keys.Length > 1)
            {
                Put(merged, null, keys, [.. values]);
            }

            Put(merged, item.IsNull ? null : item, keys, [.. values]);
        }
    }
}
