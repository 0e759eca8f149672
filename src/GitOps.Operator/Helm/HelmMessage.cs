namespace GitOps.Operator.Helm;

/// <summary>What helm says is wrong, without what only helps who runs it by hand.</summary>
internal static class HelmMessage
{
    private const string Mark = "Error: ";
    private const string DebugHint = "Use --debug flag";

    /// <param name="messages">All that it wrote to stderr.</param>
    /// <param name="directory">Of the run, which nobody knows.</param>
    public static string Of(string messages, string directory)
    {
        var start = messages.StartsWith(Mark, StringComparison.Ordinal) ? 0 : messages.IndexOf("\n" + Mark, StringComparison.Ordinal) + 1;
        var text = messages[start..];
        text = text.StartsWith(Mark, StringComparison.Ordinal) ? text[Mark.Length..] : text;
        var hint = text.IndexOf(DebugHint, StringComparison.Ordinal);
        text = (hint < 0 ? text : text[..hint]).Replace(directory + "/", string.Empty, StringComparison.Ordinal);
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length == 0 ? "it failed, and said nothing" : string.Join("; ", lines);
    }
}
