namespace GitOps.Sandbox.Cel.Values;

/// <summary>A value of a library's own type.</summary>
internal abstract class CelOpaque(CelType type) : CelValue
{
    public override CelType Type => type;
}

/// <summary>One of the named formats of <c>format.named</c>.</summary>
/// <param name="name">Its name.</param>
/// <param name="maxPatternSize">How long a pattern of it would be, for costs.</param>
/// <param name="validate">What is wrong with a text; nothing if it is right.</param>
internal sealed class CelNamedFormat(string name, int maxPatternSize, Func<string, IReadOnlyList<string>> validate)
    : CelOpaque(CelTypes.NamedFormat)
{
    public string Name => name;

    public int MaxPatternSize => maxPatternSize;

    public IReadOnlyList<string> Validate(string text) => validate(text);

    public override bool Same(CelValue other) => other is CelNamedFormat format && format.Name == Name;
}
