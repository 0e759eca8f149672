using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>Compiled patterns in the API server's syntax, RE2, matched in linear time.</summary>
internal static class CelPatterns
{
    private const int MaxKept = 2048;

    /// <summary>Linear time is not yet short time: a long text and a large pattern still multiply.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private static readonly ConcurrentDictionary<string, Regex?> Known = new(StringComparer.Ordinal);

    /// <summary>The pattern; null if it is none.</summary>
    public static Regex? Find(string pattern)
    {
        if (Known.TryGetValue(pattern, out var known))
        {
            return known;
        }

        if (Known.Count >= MaxKept)
        {
            Known.Clear();
        }

        return Known.GetOrAdd(pattern, Compile);
    }

    private static Regex? Compile(string pattern)
    {
        if (PatternTranslator.Translate(pattern) is not { } translated)
        {
            return null;
        }

        try
        {
            return new(translated, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, Timeout);
        }
        catch (Exception exception) when (exception is RegexParseException or NotSupportedException)
        {
            return null;
        }
    }
}
