namespace GitOps.Operator.Model.Ignoring.Jq;

internal enum JqTokenKind
{
    End,

    /// <summary><c>.name</c>; the text is the name.</summary>
    Field,
    Word,
    Number,

    /// <summary>A string, without its quotes.</summary>
    Text,

    /// <summary>Anything else, as it is written.</summary>
    Mark,
}

/// <param name="Kind">What it is.</param>
/// <param name="Text">See the kinds.</param>
/// <param name="Column">Where it begins, counted from 1.</param>
internal readonly record struct JqToken(JqTokenKind Kind, string Text, int Column)
{
    public bool Is(string mark) => Kind == JqTokenKind.Mark && Text == mark;

    public bool IsWord(string word) => Kind == JqTokenKind.Word && Text == word;

    /// <summary>For messages.</summary>
    public override string ToString() => Kind switch
    {
        JqTokenKind.End => "the end",
        JqTokenKind.Field => $"'.{Text}'",
        JqTokenKind.Text => $"\"{Text}\"",
        _ => $"'{Text}'",
    };
}
