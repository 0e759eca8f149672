using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Cel.Values;

internal abstract class CelList : CelValue
{
    public static readonly CelList Empty = new CelArray([]);

    public override CelType Type => CelType.AnyList;

    public override long Size => Count;

    public override long Weight => 1 + Count;

    public override bool IsZero => Count == 0;

    public abstract int Count { get; }

    /// <summary>The item at a valid index.</summary>
    public abstract CelValue this[int index] { get; }

    public IEnumerable<CelValue> Items
    {
        get
        {
            for (var i = 0; i < Count; i++)
            {
                yield return this[i];
            }
        }
    }

    /// <summary>Both, one after the other.</summary>
    public virtual CelValue Add(CelList other) => Count == 0 && other is CelArray ? other : CelArray.Concat(this, other);

    public override bool Same(CelValue other)
    {
        if (other is not CelList list || list.Count != Count)
        {
            return false;
        }

        for (var i = 0; i < Count; i++)
        {
            if (!this[i].Same(list[i]))
            {
                return false;
            }
        }

        return true;
    }

    public override JsonNode ToJson() => new JsonArray([.. Items.Select(static item => item.ToJson())]);
}

/// <summary>A list of values.</summary>
internal sealed class CelArray : CelList
{
    private readonly List<CelValue> _items;
    private long _weight = 1;

    /// <exception cref="CelCostException">There is too much in it altogether.</exception>
    public CelArray(List<CelValue> items)
    {
        _items = items;
        foreach (var item in items)
        {
            _weight += item.Weight;
        }

        CelLimits.Items(_weight);
    }

    public override int Count => _items.Count;

    public override long Weight => _weight;

    public override CelValue this[int index] => _items[index];

    public static CelArray Concat(CelList first, CelList second)
    {
        CelLimits.Items((long)first.Count + second.Count);
        var items = new List<CelValue>(first.Count + second.Count);
        items.AddRange(first.Items);
        items.AddRange(second.Items);
        return new(items);
    }

    /// <summary>Only for the result of a fold, which nobody else has yet.</summary>
    public void Append(CelValue item)
    {
        _items.Add(item);
        _weight += item.Weight;
        CelLimits.Items(_weight);
    }
}
