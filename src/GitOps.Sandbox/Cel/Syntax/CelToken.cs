namespace GitOps.Sandbox.Cel.Syntax;

internal enum CelTokenKind
{
    End,
    Identifier,
    EscapedIdentifier,
    Integer,
    Unsigned,
    Double,
    Text,
    Bytes,

    /// <summary>An operator, a bracket, or one of the words <c>in true false null</c>.</summary>
    Symbol,
}

/// <param name="Kind">Its kind.</param>
/// <param name="Text">As written; <c>&lt;EOF&gt;</c> at the end.</param>
/// <param name="Position">Its offset.</param>
internal readonly record struct CelToken(CelTokenKind Kind, string Text, int Position)
{
    public bool Is(string symbol) => Kind == CelTokenKind.Symbol && Text == symbol;
}
