using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Sandbox.Admission;

namespace GitOps.Sandbox.Plugins;

/// <summary>A resource quantity to reckon with.</summary>
/// <param name="Value">In whole units: cores, bytes, pieces.</param>
/// <param name="IsBinary">Whether it was given in powers of 1024, and is written so.</param>
internal readonly record struct Amount(decimal Value, bool IsBinary)
{
    private const string Suffixes = "numkMGTPE";

    /// <returns>Null if it is no quantity.</returns>
    public static Amount? Read(JsonNode? json)
    {
        var text = json?.ToString() is { } given ? Quantity.Canonical(given) : null;
        if (text is null)
        {
            return null;
        }

        var digits = text.AsSpan().TrimEnd("KMGTPEinumk");
        if (!decimal.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
        {
            return null;
        }

        var suffix = text[digits.Length..];
        return suffix.EndsWith('i')
            ? new(value * Power(1024, "KMGTPE".IndexOf(suffix[0], StringComparison.Ordinal) + 1), true)
            : new(suffix.Length == 0 ? value : value * Thousands(suffix[0]), false);
    }

    public static Amount operator +(Amount left, Amount right) => new(left.Value + right.Value, left.Value == 0 ? right.IsBinary : left.IsBinary);

    public static Amount operator -(Amount left, Amount right) => left with { Value = left.Value - right.Value };

    public static Amount Of(long count) => new(count, false);

    public override string ToString()
    {
        var text = IsBinary
            ? (Value / 1024).ToString(CultureInfo.InvariantCulture) + "Ki"
            : Value.ToString(CultureInfo.InvariantCulture);
        return Quantity.Canonical(text)!;
    }

    private static decimal Thousands(char suffix) => Suffixes.IndexOf(suffix, StringComparison.Ordinal) switch
    {
        0 => 0.000_000_001m,
        1 => 0.000_001m,
        2 => 0.001m,
        var index => Power(1000, index - 2),
    };

    private static decimal Power(decimal factor, int power)
    {
        var value = 1m;
        for (var i = 0; i < power; i++)
        {
            value *= factor;
        }

        return value;
    }
}

/// <summary>Amounts by the names of resources.</summary>
internal sealed class Amounts : SortedDictionary<string, Amount>
{
    public Amounts()
        : base(StringComparer.Ordinal)
    {
    }

    public static Amounts Read(JsonObject? json)
    {
        var amounts = new Amounts();
        foreach (var (name, value) in json ?? [])
        {
            if (Amount.Read(value) is { } amount)
            {
                amounts[name] = amount;
            }
        }

        return amounts;
    }

    /// <summary>What a pod asks for: its containers together, or its greediest init container.</summary>
    /// <param name="spec">A pod's spec.</param>
    /// <param name="side">requests or limits.</param>
    public static Amounts OfPod(JsonObject? spec, string side)
    {
        var total = new Amounts();
        foreach (var container in spec.Objects("containers"))
        {
            total.Add(Read(container.Object("resources").Object(side)));
        }

        var (sidecars, greediest) = (new Amounts(), new Amounts());
        foreach (var container in spec.Objects("initContainers"))
        {
            var needed = Read(container.Object("resources").Object(side));
            if (container.Text("restartPolicy") == "Always")
            {
                total.Add(needed);
                sidecars.Add(needed);
                needed = sidecars;
            }
            else
            {
                needed.Add(sidecars);
            }

            greediest.Raise(needed);
        }

        total.Raise(greediest);
        foreach (var (name, amount) in Read(spec.Object("resources").Object(side)))
        {
            if (name is "cpu" or "memory")
            {
                total[name] = amount;
            }
        }

        return total;
    }

    public void Add(Amounts others)
    {
        foreach (var (name, amount) in others)
        {
            this[name] = TryGetValue(name, out var own) ? own + amount : amount;
        }
    }

    public override string ToString() => string.Join(',', this.Select(static entry => $"{entry.Key}={entry.Value}"));

    private void Raise(Amounts others)
    {
        foreach (var (name, amount) in others)
        {
            if (!TryGetValue(name, out var own) || amount.Value > own.Value)
            {
                this[name] = amount;
            }
        }
    }
}
