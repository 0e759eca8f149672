using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Cel.Values;

/// <summary>What callers give as variables, as values.</summary>
internal static class CelValues
{
    /// <summary>
    /// Takes JSON, texts, numbers, truth values, null, values, and functions that make one of these when it is needed.
    /// </summary>
    /// <exception cref="ArgumentException">Anything else.</exception>
    public static CelValue Of(object? value) => value switch
    {
        null => CelNull.Instance,
        CelValue ready => ready,
        JsonNode node => CelJson.Of(node),
        string text => CelString.Of(text),
        bool truth => CelBool.Of(truth),
        int number => CelInt.Of(number),
        long number => CelInt.Of(number),
        ulong number => new CelUint(number),
        double number => new CelDouble(number),
        Func<CelValue> make => make(),
        Func<object?> make => Of(make()),
        IEnumerable<string> texts => new CelArray([.. texts.Select(CelString.Of)]),
        _ => throw new ArgumentException($"a {value.GetType().Name} cannot be a variable", nameof(value)),
    };
}

/// <summary>A value whose fields are worked out when they are first asked for: the variables of a policy.</summary>
/// <param name="find">The value of a field; null if there is none. Asked once for each name.</param>
internal sealed class CelLazyFields(Func<string, CelValue?> find) : CelMap
{
    private readonly Dictionary<string, CelValue?> _known = new(StringComparer.Ordinal);

    public override int Count => _known.Count;

    public override IEnumerable<CelValue> Keys => _known.Keys.Select(CelString.Of);

    public override CelValue? Find(CelValue key) => key is CelString name ? Find(name.Value) : null;

    public override CelValue? Find(string key)
    {
        if (!_known.TryGetValue(key, out var value))
        {
            _known[key] = value = find(key);
        }

        return value;
    }
}
