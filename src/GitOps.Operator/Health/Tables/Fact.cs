using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Health.Tables;

/// <summary>
/// Something that holds of an object, or of an item of one of its lists, or does not. A value of an unexpected type reads as
/// absent. The text of a fact is how the reference describes it.
/// </summary>
internal abstract record Fact
{
    public abstract bool Holds(JsonObject at, JsonObject root);

    /// <summary>What the object itself says about it; null: nothing.</summary>
    public virtual string? Says(JsonObject at) => null;
}

/// <summary>A condition of this type, status and reason; null: any.</summary>
internal sealed record ConditionFact(FieldName Path, string? Type, string? Status, string? Reason) : Fact
{
    /// <summary>Any status but this one.</summary>
    public bool IsOther { get; init; }

    /// <summary>Any reason but this one.</summary>
    public bool HasOtherReason { get; init; }

    /// <summary>Only one that is about the generation that the object has.</summary>
    public bool IsObserved { get; init; }

    public override bool Holds(JsonObject at, JsonObject root) => Find(at, root) is not null;

    public override string? Says(JsonObject at) => Find(at, root: null) is { } found ? StatusReader.Condition(found).Text : null;

    /// <summary>What there is of the type, whatever its status.</summary>
    public string? Mentions(JsonObject at) =>
        Type is not null && (this with { Status = null, Reason = null, IsObserved = false }).Says(at) is { } text ? text : null;

    public override string ToString()
    {
        var name = Type ?? "any condition";
        var state = (Status, IsOther) switch
        {
            ("True", false) => name,
            (null, _) => Reason is null ? $"{name} exists" : name,
            (_, true) => $"{name} is not {Status}",
            _ => $"{name}={Status}",
        };
        var reason = Reason is null ? string.Empty : $" ({(HasOtherReason ? "reason not" : "reason")} {Reason})";
        return $"{state}{reason}{(IsObserved ? " for this generation" : string.Empty)}";
    }

    private JsonObject? Find(JsonObject at, JsonObject? root)
    {
        if (Path.Read(at) is not JsonArray items)
        {
            return null;
        }

        foreach (var node in items)
        {
            if (node is JsonObject item && Fits(item, root))
            {
                return item;
            }
        }

        return null;
    }

    private bool Fits(JsonObject item, JsonObject? root) =>
        (Type is null || KubernetesObject.GetString(item, "type") == Type)
        && (Status is null || (KubernetesObject.GetString(item, "status") == Status) != IsOther)
        && (Reason is null || (KubernetesObject.GetString(item, "reason") == Reason) != HasOtherReason)
        && (!IsObserved || root is null
            || KubernetesObject.GetInt64(item, "observedGeneration") == KubernetesObject.GetInt64(root["metadata"] as JsonObject, "generation"));
}

/// <summary>The value at a path is one of these; a value that ends with <c>*</c> stands for all that begin so. None: anything but nothing.</summary>
internal sealed record ValueFact(FieldName Path, params string[] Values) : Fact
{
    public override bool Holds(JsonObject at, JsonObject root)
    {
        var text = Path.ReadText(at);
        return Values.Length == 0 ? !string.IsNullOrEmpty(text) : text is not null && Array.Exists(Values, value => Fits(value, text));
    }

    public override string? Says(JsonObject at) => Path.ReadText(at) is { Length: > 0 } text ? $"{Path.Last} is {text}" : null;

    public override string ToString() => Values.Length == 0 ? $"{Path} is set" : $"{Path}={string.Join('|', Values.Select(static value => value.Length == 0 ? "\"\"" : value))}";

    private static bool Fits(string value, string text) => value.EndsWith('*')
        ? text.AsSpan().StartsWith(value.AsSpan(0, value.Length - 1), StringComparison.Ordinal)
        : text == value;
}

/// <summary>There is something at the path, be it empty.</summary>
internal sealed record PresentFact(FieldName Path) : Fact
{
    public override bool Holds(JsonObject at, JsonObject root) => Path.Read(at) is not null;

    public override string ToString() => $"{Path} exists";
}

/// <summary>The list or map at the path is not empty.</summary>
internal sealed record ItemsFact(FieldName Path) : Fact
{
    public override bool Holds(JsonObject at, JsonObject root) => Path.Read(at) is JsonArray { Count: > 0 } or JsonObject { Count: > 0 };

    public override string ToString() => $"{Path} has items";
}

/// <summary>The number at the path is above zero.</summary>
internal sealed record PositiveFact(FieldName Path) : Fact
{
    public override bool Holds(JsonObject at, JsonObject root) => KubernetesObject.TryGetInt64(Path.Read(at), out var number) && number > 0;

    public override string ToString() => $"{Path} > 0";
}

/// <summary>Both are there and have the same value.</summary>
internal sealed record SameFact(FieldName Left, FieldName Right) : Fact
{
    public override bool Holds(JsonObject at, JsonObject root) => Left.ReadText(at) is { } left && Right.ReadText(at) == left;

    public override string ToString() => $"{Left} = {Right}";
}

/// <summary>Both lists are of the same length.</summary>
internal sealed record SameCountFact(FieldName Left, FieldName Right) : Fact
{
    public override bool Holds(JsonObject at, JsonObject root) =>
        Left.Read(at) is JsonArray left && Right.Read(at) is JsonArray right && left.Count == right.Count;

    public override string ToString() => $"as many {Left} as {Right}";
}

/// <summary>The controller has seen another generation than the object has.</summary>
/// <param name="Path">Where it says which one it has seen.</param>
/// <param name="CountsAbsent">Whether one that does not say has not seen it.</param>
internal sealed record UnobservedFact(FieldName Path, bool CountsAbsent) : Fact
{
    public override bool Holds(JsonObject at, JsonObject root)
    {
        var generation = KubernetesObject.GetInt64(root["metadata"] as JsonObject, "generation");
        return KubernetesObject.TryGetInt64(Path.Read(at), out var observed) ? generation is not null && generation != observed : CountsAbsent;
    }

    public override string? Says(JsonObject at) => "The new spec is yet to be observed";

    public override string ToString() => $"{Path} is not the generation{(CountsAbsent ? " or is absent" : string.Empty)}";
}

internal sealed record NotFact(Fact Inner) : Fact
{
    public override bool Holds(JsonObject at, JsonObject root) => !Inner.Holds(at, root);

    public override string ToString() => Inner is PresentFact present ? $"no {present.Path}" : $"not: {Inner}";
}

internal sealed record AnyFact(params Fact[] Inner) : Fact
{
    public override bool Holds(JsonObject at, JsonObject root) => Array.Exists(Inner, fact => fact.Holds(at, root));

    public override string? Says(JsonObject at) => Inner.Select(fact => fact.Says(at)).FirstOrDefault(static text => text is not null);

    public override string ToString() => string.Join(" or ", Inner.Select(static fact => fact.ToString()));
}

/// <summary>At least one item of a list, or value of a map, of which all of these hold.</summary>
/// <param name="Path">Of the list or map.</param>
/// <param name="Inner">With paths that begin at the item.</param>
internal sealed record SomeFact(FieldName Path, params Fact[] Inner) : Fact
{
    /// <summary>Only the last item counts.</summary>
    public bool IsLast { get; init; }

    public override bool Holds(JsonObject at, JsonObject root) => Items(at).Any(item => Array.TrueForAll(Inner, fact => fact.Holds(item, root)));

    public override string? Says(JsonObject at) =>
        Items(at).FirstOrDefault(item => Array.TrueForAll(Inner, fact => fact.Holds(item, item))) is { } found
            ? KubernetesObject.GetString(found, "message") is { Length: > 0 } message ? message : KubernetesObject.GetString(found, "reason")
            : null;

    public override string ToString() => $"{(IsLast ? "the last" : "one")} of {Path} has {string.Join(", ", Inner.Select(static fact => fact.ToString()))}";

    private IEnumerable<JsonObject> Items(JsonObject at)
    {
        var items = Path.Read(at) switch
        {
            JsonArray list => list.OfType<JsonObject>(),
            JsonObject map => map.Select(static pair => pair.Value).OfType<JsonObject>(),
            _ => [],
        };
        return IsLast ? items.TakeLast(1) : items;
    }
}
