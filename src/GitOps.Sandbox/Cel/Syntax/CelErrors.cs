using System.Globalization;
using System.Text;

namespace GitOps.Sandbox.Cel.Syntax;

/// <summary>Collects what is wrong with an expression, and writes it with the line and a mark below the place.</summary>
internal sealed class CelErrors(string source)
{
    private const int MaxReported = 100;
    private const int NoPosition = -1;

    private readonly List<(int Position, string Message)> _errors = [];

    public int Count => _errors.Count;

    public IReadOnlyList<string> Messages => [.. _errors.Select(static error => error.Message)];

    public void Add(int position, string message) => _errors.Add((position, message));

    /// <summary>An error about the expression as a whole.</summary>
    public void Add(string message) => _errors.Add((NoPosition, message));

    /// <summary>Each error as the API server words it, in the order of their places.</summary>
    public IReadOnlyList<string> ToTexts()
    {
        var texts = _errors.OrderBy(static error => error.Position).Take(MaxReported).Select(Text).ToList();
        if (_errors.Count > MaxReported)
        {
            texts.Add(string.Create(CultureInfo.InvariantCulture, $"{_errors.Count - MaxReported} more errors were truncated"));
        }

        return texts;
    }

    private string Text((int Position, string Message) error)
    {
        if (error.Position < 0)
        {
            return $"ERROR: <input>:-1:0: {error.Message}";
        }

        var position = Math.Min(error.Position, source.Length);
        var line = 1;
        var start = 0;
        for (var i = 0; i < position; i++)
        {
            if (source[i] == '\n')
            {
                (line, start) = (line + 1, i + 1);
            }
        }

        var end = source.IndexOf('\n', start);
        var snippet = (end < 0 ? source[start..] : source[start..end]).Replace('\t', ' ');
        var before = snippet[..Math.Min(position - start, snippet.Length)].EnumerateRunes().ToList();
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"ERROR: <input>:{line}:{before.Count + 1}: {error.Message}\n | {snippet}\n | ");
        foreach (var rune in before)
        {
            text.Append(rune.IsAscii ? '.' : '\uff0e');
        }

        var marked = snippet[Math.Min(position - start, snippet.Length)..].EnumerateRunes().FirstOrDefault();
        return text.Append(marked.IsAscii ? '^' : '\uff3e').ToString();
    }
}
