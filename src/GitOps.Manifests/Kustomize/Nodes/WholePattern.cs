namespace GitOps.Manifests.Kustomize.Nodes;

/// <summary>A regular expression that has to match the whole of a text.</summary>
internal sealed class WholePattern
{
    private readonly PlainPattern? _plain;
    private readonly BoundedRegex? _regex;

    /// <exception cref="KustomizeException">It is malformed.</exception>
    public WholePattern(string pattern)
    {
        _plain = PlainPattern.TryParse(pattern);
        if (_plain is null)
        {
            _regex = new(pattern, @"^(?:{0})\z");
        }
    }

    /// <summary>The one text that matches; null where several can.</summary>
    public string? Literal => _plain?.Literal;

    public bool IsMatch(string text) => _plain?.IsMatch(text) ?? _regex!.IsMatch(text);
}
