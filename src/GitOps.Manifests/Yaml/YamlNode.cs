namespace GitOps.Manifests.Yaml;

internal enum YamlScalarStyle
{
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

/// <summary>A node of a document as it was written. What a scalar means is decided later, by a dialect.</summary>
/// <param name="Line">Line in the file, from 1.</param>
/// <param name="Column">Column, from 1.</param>
/// <param name="Tag">The tag as written and resolved; empty where there is none.</param>
internal abstract record YamlNode(int Line, int Column, string Tag);

internal sealed record YamlScalar(int Line, int Column, string Tag, string Text, YamlScalarStyle Style) : YamlNode(Line, Column, Tag);

internal sealed record YamlSequence(int Line, int Column, string Tag, List<YamlNode> Items) : YamlNode(Line, Column, Tag)
{
    /// <summary>Written in brackets.</summary>
    public bool IsFlow { get; init; }
}

internal sealed record YamlMapping(int Line, int Column, string Tag, List<(YamlNode Key, YamlNode Value)> Entries)
    : YamlNode(Line, Column, Tag)
{
    /// <summary>Written in braces.</summary>
    public bool IsFlow { get; init; }
}

/// <summary>A reference to an anchored node, which is shared and not copied.</summary>
internal sealed record YamlAlias(int Line, int Column, YamlNode Target) : YamlNode(Line, Column, string.Empty);

/// <summary>One document of a file.</summary>
/// <param name="Number">From 1, empty documents counted.</param>
/// <param name="Line">Line in the file on which it begins, from 1.</param>
/// <param name="Root">Its content.</param>
internal sealed record YamlDocument(int Number, int Line, YamlNode Root);

/// <summary>What a file is read into at most.</summary>
/// <param name="MaxDepth">Nesting of collections.</param>
/// <param name="MaxExpansion">Characters and nodes that the aliases of a document may stand for, together.</param>
internal sealed record YamlLimits(int MaxDepth, long MaxExpansion)
{
    /// <summary>Mappings, lists and plain values of one document.</summary>
    public int MaxValues { get; init; } = 1_000_000;

    public static readonly YamlLimits Default = new(Kubernetes.Objects.KubernetesJson.MaxDepth, 4 << 20);

    /// <exception cref="YamlErrorException">There are more than may be.</exception>
    public void CheckValues(int count, int line)
    {
        if (count > MaxValues)
        {
            throw new YamlErrorException(line, $"the document has more than {MaxValues} values: split it");
        }
    }
}

/// <summary>What is wrong, and on which line of the file. Caught where the file's name is known.</summary>
internal sealed class YamlErrorException : Exception
{
    public YamlErrorException(int line, string message)
        : base(message) => Line = line;

    public int Line { get; }
}
