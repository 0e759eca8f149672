using System.Globalization;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Cel.Values;

internal abstract class CelMap : CelValue
{
    public override CelType Type => CelType.AnyMap;

    public override long Size => Count;

    public override long Weight => 1 + Count;

    public override bool IsZero => Count == 0;

    public abstract int Count { get; }

    public abstract IEnumerable<CelValue> Keys { get; }

    /// <summary>The value of a key; null if there is none.</summary>
    public abstract CelValue? Find(CelValue key);

    /// <summary>The value of a key that is a field's name; null if there is none.</summary>
    public virtual CelValue? Find(string key) => Find(CelString.Of(key));

    public override bool Same(CelValue other) =>
        other is CelMap map && map.Count == Count && Keys.All(key => map.Find(key) is { } value && Find(key)!.Same(value));

    public override JsonNode ToJson()
    {
        var json = new JsonObject();
        foreach (var key in Keys)
        {
            json[Name(key)] = Find(key)!.ToJson();
        }

        return json;
    }

    private static string Name(CelValue key) => key switch
    {
        CelString text => text.Value,
        CelInt number => number.Value.ToString(CultureInfo.InvariantCulture),
        CelUint number => number.Value.ToString(CultureInfo.InvariantCulture),
        CelBool truth => truth.Value ? "true" : "false",
        _ => throw new CelConversionException($"a value of type '{key.Type}' cannot be the name of a field"),
    };
}

/// <summary>A map of values, in the order they were written.</summary>
internal sealed class CelDictionary : CelMap
{
    private readonly OrderedDictionary<CelValue, CelValue> _entries = new(KeyComparer.Instance);
    private long _weight = 1;

    public override int Count => _entries.Count;

    public override long Weight => _weight;

    public override IEnumerable<CelValue> Keys => _entries.Keys;

    public static bool IsKey(CelValue value) => value is CelString or CelInt or CelUint or CelBool or CelDouble;

    public override CelValue? Find(CelValue key) => _entries.GetValueOrDefault(key);

    /// <summary>Only while it is made.</summary>
    /// <exception cref="CelCostException">There is too much in it altogether.</exception>
    public void Set(CelValue key, CelValue value)
    {
        _entries[key] = value;
        Grow(value);
    }

    /// <returns>False: the key is there already.</returns>
    /// <exception cref="CelCostException">There is too much in it altogether.</exception>
    public bool TryAdd(CelValue key, CelValue value)
    {
        Grow(value);
        return _entries.TryAdd(key, value);
    }

    private void Grow(CelValue value)
    {
        _weight += 1 + value.Weight;
        CelLimits.Items(_weight);
    }

    /// <summary>Numbers that are equal are the same key.</summary>
    private sealed class KeyComparer : IEqualityComparer<CelValue>
    {
        public static readonly KeyComparer Instance = new();

        public bool Equals(CelValue? x, CelValue? y) => x!.Same(y!);

        public int GetHashCode(CelValue obj) => obj switch
        {
            CelString text => text.Value.GetHashCode(StringComparison.Ordinal),
            CelInt number => ((double)number.Value).GetHashCode(),
            CelUint number => ((double)number.Value).GetHashCode(),
            CelDouble number => number.Value.GetHashCode(),
            _ => obj.GetType().GetHashCode(),
        };
    }
}
