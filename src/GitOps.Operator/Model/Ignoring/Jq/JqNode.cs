using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace GitOps.Operator.Model.Ignoring.Jq;

internal enum JqComparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>A part of an expression.</summary>
internal abstract record JqNode
{
    private JqNode()
    {
    }

    /// <summary><c>.</c></summary>
    internal sealed record Identity : JqNode;

    /// <summary><c>..</c></summary>
    internal sealed record Recurse : JqNode;

    /// <summary><c>empty</c></summary>
    internal sealed record Nothing : JqNode;

    /// <param name="Value">A scalar; null: JSON null.</param>
    internal sealed record Literal(JsonNode? Value) : JqNode;

    /// <summary><c>.name</c>, <c>[0]</c>, <c>[f]</c>: the key is computed from what <paramref name="Target"/> is computed from.</summary>
    internal sealed record Index(JqNode Target, JqNode Key) : JqNode
    {
        /// <summary>A <c>?</c> behind it: this step alone may fail.</summary>
        public bool IsOptional { get; init; }
    }

    /// <summary><c>[1:3]</c></summary>
    internal sealed record Slice(JqNode Target, int? From, int? To) : JqNode
    {
        /// <inheritdoc cref="Index.IsOptional"/>
        public bool IsOptional { get; init; }
    }

    /// <summary><c>[]</c></summary>
    internal sealed record Iterate(JqNode Target) : JqNode
    {
        /// <inheritdoc cref="Index.IsOptional"/>
        public bool IsOptional { get; init; }
    }

    /// <summary><c>(f)?</c></summary>
    internal sealed record Optional(JqNode Target) : JqNode;

    /// <summary><c>f | g</c></summary>
    internal sealed record Pipe(JqNode Left, JqNode Right) : JqNode;

    /// <summary><c>f, g</c></summary>
    internal sealed record Comma(JqNode Left, JqNode Right) : JqNode;

    /// <summary><c>f // g</c></summary>
    internal sealed record Alternative(JqNode Left, JqNode Right) : JqNode;

    internal sealed record And(JqNode Left, JqNode Right) : JqNode;

    internal sealed record Or(JqNode Left, JqNode Right) : JqNode;

    internal sealed record Compare(JqComparison How, JqNode Left, JqNode Right) : JqNode;

    internal sealed record If(JqNode Condition, JqNode Then, JqNode Else) : JqNode;

    internal sealed record Select(JqNode Condition) : JqNode;

    /// <summary><c>any</c> and <c>all</c>, by a generator and a condition.</summary>
    internal sealed record Quantifier(bool IsAll, JqNode Generator, JqNode Condition) : JqNode;

    /// <summary><c>test(re; flags)</c></summary>
    internal sealed record Test(Regex Pattern) : JqNode;

    /// <summary>A function of its input and of the values of its arguments.</summary>
    internal sealed record Call(string Name, ImmutableArray<JqNode> Arguments) : JqNode;
}
